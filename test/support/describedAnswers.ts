/**
 * Holds an answer of Hermes against its own description (/openapi.json): the status is described for the route, the content type too, and
 * JSON is as the schema says.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApi } from '../../api/ops/openapi.ts';

/** What is said of one answer: its media types, each with a schema. */
type Content = Record<string, { schema?: { $ref?: string } }>;

interface Description {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Content }> }>>;
  components: { schemas: Record<string, object> };
}

const description = openApi as unknown as Description;
const root = 'hermes';
const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);
ajv.addSchema({ $id: root, ...description });

const pointerPart = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

const validators = new Map<string, ValidateFunction>();
/** @param pointer the way to a schema inside the description */
const validatorAt = (...pointer: string[]): ValidateFunction => {
  const ref = `${root}#/${pointer.map(pointerPart).join('/')}`;
  const kept = validators.get(ref);
  if (kept !== undefined) return kept;
  const made = ajv.compile({ $ref: ref });
  validators.set(ref, made);
  return made;
};

const withoutSlash = (path: string): string => path.replace(/(.)\/$/, '$1');

const routes = Object.keys(description.paths).map((path) => ({
  path,
  pattern: new RegExp(
    `^${withoutSlash(path)
      .replaceAll('.', '\\.')
      .replace('{extension}', '.+')
      .replaceAll(/\{\w+\}/g, '[^/]+')}/?$`,
  ),
}));

/** The described path of a request; a literal one before one with parameters. */
const pathOf = (pathname: string): string | undefined =>
  routes
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
    .find(({ pattern }) => pattern.test(pathname))?.path;

export interface Answer {
  method: string;
  pathname: string;
  status: number;
  contentType: string;
  body: string;
}

const judge = (validate: ValidateFunction, body: string): string | null => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'is not JSON';
  }
  if (validate(value)) return null;
  return `${ajv.errorsText(validate.errors)}: ${body.slice(0, 300)}`;
};

/** What is wrong with an answer; null when it is as described. */
export const faultOf = ({ method, pathname, status, contentType, body }: Answer): string | null => {
  const fault = (what: string): string => `${method} ${pathname} ${status}: ${what}`;
  const type = contentType.split(';')[0]?.trim() ?? '';
  const path = pathOf(pathname);
  const operation = path === undefined ? undefined : description.paths[path]?.[method.toLowerCase()];
  if (path === undefined || operation === undefined) {
    if (status !== 404 && status !== 405 && status !== 501) return fault('the route is not described');
    const found = judge(validatorAt('components', 'schemas', 'Error'), body);
    return found === null ? null : fault(found);
  }
  const content = operation.responses[String(status)]?.content;
  if (operation.responses[String(status)] === undefined) return fault('the status is not described');
  if (content === undefined) return body === '' ? null : fault('there is a body, and none is described');
  if (content[type] === undefined) return fault(`the type ${type} is not described`);
  if (type !== 'application/json') return null;
  const at = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const found = judge(validatorAt(...at), body);
  return found === null ? null : fault(found);
};
