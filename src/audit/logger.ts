import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { redact, redactText } from './redact.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/**
 * JSON lines on stdout, or appended to `file` (mode 0600, folders made): ISO time, level by name, every field and
 * message through `redact` first, bindings of child loggers included.
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly file?: string;
  /** Instead of both, for tests. */
  readonly stream?: DestinationStream;
}): Logger {
  const stream =
    options.stream ??
    destination({ dest: options.file ?? 1, append: true, mkdir: true, mode: 0o600, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // `redact` has made errors plain by then; pino's own serialiser would take them for errors of type `Object`.
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          method.apply(this, cleanArguments(args) as Parameters<typeof method>);
        },
      },
    },
    stream,
  );
  // pino's formatter of bindings is not handed down to children.
  const child = logger.child;
  logger.child = function redactedChild(this: Logger, bindings, childOptions) {
    return child.call(this, redact(bindings) as typeof bindings, childOptions) as ReturnType<typeof child>;
  } as typeof child;
  return logger;
}

/** The first object goes through `formatters.log`; the message and what is formatted into it are cleaned here. */
function cleanArguments(args: readonly unknown[]): unknown[] {
  const [first, ...rest] = args;
  if (first instanceof Error && rest.length === 0) return [{ err: first }, redactText(first.message)];
  const clean = (value: unknown) => (typeof value === 'string' ? redactText(value) : redact(value));
  return [
    first instanceof Error ? { err: first } : typeof first === 'string' ? redactText(first) : first,
    ...rest.map(clean),
  ];
}
