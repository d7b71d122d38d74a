/** A request to the control desk of a sandbox, or to the web application that it stands for. */
import { CommandError } from '../command.ts';

/**
 * @param name whose sandbox it is, for the error
 * @returns what its JSON says; undefined for an empty answer
 */
export const askSandbox = async (
  name: string,
  method: string,
  url: string,
  body?: unknown,
): Promise<unknown> => {
  const answer = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) {
    const { pathname } = new URL(url);
    throw new CommandError(`The sandbox's ${name} answered ${answer.status} to ${method} ${pathname}.`);
  }
  return text === '' ? undefined : JSON.parse(text);
};
