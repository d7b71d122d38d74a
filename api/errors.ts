/** Errors that the door answers with. Everything else is a 500 without details. */

export interface ValidationIssue {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** An answer that is an error, with a sentence for whoever reads it. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  readonly detail: ValidationIssue[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    extra: { detail?: ValidationIssue[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.detail = extra.detail;
    this.headers = extra.headers ?? {};
  }
}

/** An issue as zod reports it. */
export interface SchemaIssue {
  path: PropertyKey[];
  message: string;
  code?: string;
}

const pathPart = (part: PropertyKey): string | number => (typeof part === 'number' ? part : String(part));

/**
 * 422 with one detail per issue.
 *
 * @param where which part of the request: body, query, path, header
 */
export const validationError = (
  where: 'body' | 'query' | 'path' | 'header',
  issues: readonly SchemaIssue[],
): HttpError => {
  const detail = issues.map((issue) => ({
    loc: [where, ...issue.path.map(pathPart)],
    msg: issue.message,
    type: issue.code ?? 'value_error',
  }));
  const [first] = detail;
  const place = first === undefined ? where : first.loc.slice(1).join('.') || where;
  return new HttpError(422, `Validation failed: ${place}: ${first?.msg ?? 'not valid'}`, { detail });
};

export const forbidden = (message = 'Unauthorized'): HttpError => new HttpError(403, message);

export const notFound = (message = 'Not found'): HttpError => new HttpError(404, message);

export const badRequest = (message: string): HttpError => new HttpError(400, message);

export const unavailable = (message: string): HttpError =>
  new HttpError(503, message, { headers: { 'retry-after': '30' } });
