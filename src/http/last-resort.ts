import type { RequestListener } from 'node:http';
import { newRequestId } from './request-info.ts';

/**
 * A listener whose exceptions end its request and not the process: what is ahead of Koa has nobody else to catch them,
 * and one request of one browser must not cost everybody theirs.
 *
 * @param onFailed hears of each, with the request id that is also in the answer.
 */
export function lastResort(
  listener: RequestListener,
  onFailed: (error: unknown, requestId: string) => void,
): RequestListener {
  return (request, response) => {
    try {
      listener(request, response);
    } catch (error) {
      const requestId = newRequestId();
      onFailed(error, requestId);
      // Half an answer must not look like a whole one.
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(500, {
            'cache-control': 'no-store',
            'content-type': 'text/plain; charset=utf-8',
            'x-request-id': requestId,
          })
          .end(`Something went wrong. Request ${requestId}\n`);
    }
  };
}
