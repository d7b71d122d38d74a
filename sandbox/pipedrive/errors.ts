/**
 * The API's refusals, in the bodies seen in the wild.
 */
import { z } from 'zod';

/** A refusal: the status and the whole body of the answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body['error'] === 'string' ? body['error'] : `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

const apiError = (
  status: number,
  error: string,
  code?: string,
  extra: Record<string, unknown> = {},
): ApiError =>
  new ApiError(status, {
    success: false,
    error,
    error_info: 'Please check developers.pipedrive.com',
    ...(code === undefined ? {} : { code }),
    ...extra,
    data: null,
    additional_data: null,
  });

const schemaCode = 'ERR_SCHEMA_VALIDATION_FAILED';

/** 400 about one key. Faults of custom fields also name the field's code. */
export const invalid = (key: string, reason: string, fieldCode?: string): ApiError =>
  apiError(
    400,
    `Validation failed: ${key}: ${reason}`,
    schemaCode,
    fieldCode === undefined ? {} : { field_code: fieldCode },
  );

/** 400 for a key that the request does not know. */
export const notAllowed = (key: string): ApiError =>
  apiError(400, `Parameter '${key}' is not allowed for this request`, schemaCode);

export const badRequest = (error: string): ApiError => apiError(400, error, schemaCode);

export const notFound = (label: string): ApiError => apiError(404, `${label} not found`, 'ERR_NOT_FOUND');

export const gone = (): ApiError => apiError(410, 'old resource permanently unavailable', 'ERR_GONE');

export const forbidden = (error: string, code = 'ERR_FORBIDDEN'): ApiError => apiError(403, error, code);

export const unknownRoute = (): ApiError => apiError(404, 'Unknown method .');

export const unauthorized = (): ApiError =>
  new ApiError(401, {
    success: false,
    error: 'unauthorized access',
    errorCode: 401,
    error_info: 'Please check developers.pipedrive.com',
  });

export const rateLimited = (): ApiError =>
  new ApiError(429, { success: false, error: 'Rate limit exceeded', errorCode: 429 });

export const serverError = (cause: unknown): ApiError =>
  apiError(500, 'Internal Server Error', 'ERR_UNKNOWN', {
    error_info: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
  });

const typeNames: Record<string, string> = { int: 'integer', record: 'object' };

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const describeType = (issue: RawIssue): string => {
  if (issue.input === undefined) return 'A value is required';
  const expected = typeof issue.expected === 'string' ? issue.expected : 'value';
  return `The value is not a valid '${typeNames[expected] ?? expected}'`;
};

const describe: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') return describeType(issue);
  if (issue.code === 'invalid_value')
    return `The value must be one of: ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_format') return `The value is not a valid '${issue.format}'`;
  return undefined;
};

const readIssue = (issue: z.core.$ZodIssue): ApiError => {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return path === '' ? notAllowed(key) : invalid(path, `Unknown key '${key}'`);
  }
  return invalid(path === '' ? 'body' : path, issue.message);
};

/** Parses or throws the 400 about the first fault. */
export const parse = <T>(schema: z.ZodType<T>, input: unknown): T => {
  const result = schema.safeParse(input, { error: describe });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw issue === undefined ? badRequest('Validation failed') : readIssue(issue);
};
