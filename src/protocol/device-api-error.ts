import { type ErrorMessage, errorMessage } from './messages.ts';

/** The server answered with an error of the documented set, or with something that is not the protocol. */
export class DeviceApiError extends Error {
  override readonly name = 'DeviceApiError';
  /** One of `DEVICE_ERRORS`, or `bad_response` when the answer is not of this protocol. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  readonly details: ErrorMessage | undefined;

  constructor(code: string, status: number, message: string, details?: ErrorMessage) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** What an answer that is no success says. */
export async function errorOf(response: Response): Promise<DeviceApiError> {
  const parsed = errorMessage.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return new DeviceApiError('bad_response', response.status, `HTTP ${response.status}`);
  const { error, error_description } = parsed.data;
  return new DeviceApiError(error, response.status, error_description ?? error, parsed.data);
}
