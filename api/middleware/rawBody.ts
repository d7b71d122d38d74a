/** The body of a request: its exact bytes, then its JSON. Signatures are over bytes, so nothing is parsed before. */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { HttpError, validationError } from '../errors.ts';
import { exceedsDepth } from './jsonDepth.ts';

/** Largest body that is taken. */
export const maxBodyBytes = 1_048_576;

/** Deepest nesting of JSON that is taken; real payloads stay below 10. */
const maxDepth = 64;

/**
 * Reads the body as it came.
 *
 * @throws HttpError 413 above 1 MB, 415 when it is compressed, 400 when the sender broke off
 */
export const readRawBody = async (context: Context): Promise<Buffer> => {
  const encoding = context.get('content-encoding').toLowerCase();
  if (encoding !== '' && encoding !== 'identity') {
    throw new HttpError(415, 'Compressed request bodies are not accepted');
  }
  try {
    return await getRawBody(context.req, {
      length: context.get('content-length') || null,
      limit: maxBodyBytes,
    });
  } catch (error) {
    const type = (error as { type?: string }).type;
    if (type === 'entity.too.large') {
      // What is still on its way is not read: the connection ends with the answer.
      context.set('connection', 'close');
      throw new HttpError(413, 'The request body is larger than 1 MB');
    }
    throw new HttpError(400, 'The request body could not be read');
  }
};

/**
 * Parses bytes as JSON.
 *
 * @throws HttpError 422 when they are not JSON, or nested beyond 64 levels
 */
export const parseJson = (body: Buffer): unknown => {
  if (exceedsDepth(body, maxDepth)) {
    throw validationError('body', [
      { path: [], message: `must not be nested deeper than ${maxDepth} levels` },
    ]);
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw validationError('body', [{ path: [], message: 'must be JSON', code: 'json_invalid' }]);
  }
};

/** @throws HttpError 415 when the body announces itself as something other than JSON */
export const requireJson = (context: Context): void => {
  const type = context.get('content-type');
  if (type === '' || /^application\/([\w.+-]+\+)?json\b/i.test(type)) return;
  throw new HttpError(415, 'The request body must be JSON (content-type: application/json)');
};
