/**
 * Holds every answer that the suite gets from Hermes against its description.
 *
 * It listens to `fetch`, by which tests and sandboxes ask. Hermes's answers are known by their request id; the operators' pages are no
 * part of the API. The description is loaded with the first answer: most tests of rules get none.
 */

/** What was wrong since `takeFaults` was asked last. */
const faults: string[] = [];

/** Gives the faults that were found and forgets them. */
export const takeFaults = (): string[] => faults.splice(0);

const isOfHermes = (response: Response, pathname: string): boolean =>
  response.headers.has('x-request-id') && !/^\/admin(\/|$)/.test(pathname);

/** Begins to listen; once per process. */
export const holdAnswers = (): void => {
  const ask = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await ask(input, init);
    const asked = input instanceof Request ? input.url : input;
    const { pathname } = new URL(asked);
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    if (method === 'HEAD' || method === 'OPTIONS' || !isOfHermes(response, pathname)) return response;
    // A caller that breaks off early reads no body, and neither can we.
    const body = await response
      .clone()
      .text()
      .catch(() => null);
    if (body === null) return response;
    const { faultOf } = await import('./describedAnswers.ts');
    const contentType = response.headers.get('content-type') ?? '';
    const fault = faultOf({ method, pathname, status: response.status, contentType, body });
    if (fault !== null) faults.push(fault);
    return response;
  };
};
