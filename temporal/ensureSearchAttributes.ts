/** Registers the search attributes of Hermes where the server lets us, and waits until they can be used. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { Logger } from '../observability/logger.ts';
import { searchAttributeNames } from './searchAttributes.ts';

/** INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1.IndexedValueType. */
const keyword = 2;

/** A self-hosted server takes up to a minute to see a new attribute. */
const waitSeconds = 90;

/** Codes of gRPC. */
const alreadyExists = 6;
const refused = new Set<unknown>([7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */]);

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

type Server = Pick<Connection, 'operatorService'>;

const missing = async (server: Server, namespace: string): Promise<string[]> => {
  const { customAttributes } = await server.operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => !(name in customAttributes));
};

const add = async (server: Server, namespace: string, names: readonly string[]): Promise<void> => {
  try {
    await server.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, keyword])),
    });
  } catch (error) {
    // Another process was quicker.
    if (codeOf(error) !== alreadyExists) throw error;
  }
};

/**
 * Makes sure that the search attributes exist: without them no run can be started. A server that lets them be neither listed nor added,
 * as Temporal Cloud with a namespace's key, is taken to have them; `doctor` names them.
 *
 * @throws when the server cannot be reached or does not know the namespace
 */
export const ensureSearchAttributes = async (
  server: Server,
  namespace: string,
  logger: Logger,
): Promise<void> => {
  try {
    const absent = await missing(server, namespace);
    if (absent.length === 0) return;
    logger.info({ absent, namespace }, 'registering search attributes');
    await add(server, namespace, absent);
    for (let second = 0; second < waitSeconds; second += 1) {
      if ((await missing(server, namespace)).length === 0) return;
      await sleep(1000);
    }
    throw new Error(`the search attributes ${absent.join(', ')} were added but do not appear`);
  } catch (error) {
    if (!refused.has(codeOf(error))) throw error;
    logger.warn(
      { names: searchAttributeNames, namespace, err: error },
      'the server does not let search attributes be registered: they must be there already, all of type Keyword',
    );
  }
};
