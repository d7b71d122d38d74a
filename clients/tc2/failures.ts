/** TC2's statuses (Django REST Framework) in our words; by status, never by text. */
import type { Verdict } from '../failure.ts';
import type { HttpAnswer } from '../http/request.ts';
import { retryAfterMs } from '../http/retryAfter.ts';
import { fieldNames } from '../peerCode.ts';

/**
 * Paths of the fields that a 400 complains of, such as `user.email`. The messages are left out: they may repeat values.
 * Bodies are `{field: [message]}`, nested, or wrapped as `{error, details: {…}}`.
 */
const refusedFields = (body: unknown): string[] => {
  const paths: string[] = [];
  const collect = (value: unknown, path: readonly string[]): void => {
    if (path.length > 5) return;
    if (Array.isArray(value)) {
      const rows = value.filter((item) => typeof item === 'object' && item !== null);
      if (rows.length === 0) paths.push(path.join('.'));
      for (const row of rows.slice(0, 50)) collect(row, path);
      return;
    }
    if (typeof value !== 'object' || value === null) {
      paths.push(path.join('.'));
      return;
    }
    for (const [key, inner] of Object.entries(value).slice(0, 50)) {
      const wrapper = path.length === 0 && (key === 'error' || key === 'detail' || key === 'details');
      if (!wrapper) collect(inner, [...path, key]);
      else if (typeof inner === 'object') collect(inner, path);
    }
  };
  collect(body, []);
  return fieldNames(paths);
};

const kindOf = (status: number, body: unknown): Verdict['kind'] => {
  if (status === 401 || status === 403) return 'unauthorised';
  // The API says in JSON that a client does not exist. A page of HTML says that the address is wrong.
  if (status === 404) return typeof body === 'object' && body !== null ? 'gone' : 'refused';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'transient';
  return 'refused';
};

/** Maps an answer outside 2xx. */
export const judgeTc2 = (answer: HttpAnswer): Verdict => {
  const kind = kindOf(answer.status, answer.body);
  const wait = kind === 'throttled' ? retryAfterMs(answer.headers) : undefined;
  const fields = kind === 'refused' ? refusedFields(answer.body) : [];
  return {
    kind,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(fields.length === 0 ? {} : { fields }),
  };
};
