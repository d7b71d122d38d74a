/** Registers the search attributes of Hermes where the server lets us, and waits until they can be used. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../observability/logger.ts';
import { searchAttributeNames } from '../temporal/searchAttributes.ts';

/** INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1.IndexedValueType. */
const keyword = 2;

/** A self-hosted server takes up to a minute to see a new attribute. */
const waitSeconds = 90;

const missing = async (connection: NativeConnection, namespace: string): Promise<string[]> => {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => !(name in customAttributes));
};

/**
 * Makes sure that the search attributes exist.
 *
 * @throws when they are missing and the server does not let them be added: an operator has to
 */
export const ensureSearchAttributes = async (
  connection: NativeConnection,
  namespace: string,
  logger: Logger,
): Promise<void> => {
  const absent = await missing(connection, namespace);
  if (absent.length === 0) return;
  logger.info({ absent, namespace }, 'registering search attributes');
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(absent.map((name) => [name, keyword])),
  });
  for (let second = 0; second < waitSeconds; second += 1) {
    if ((await missing(connection, namespace)).length === 0) return;
    await sleep(1000);
  }
  throw new Error(`the search attributes ${absent.join(', ')} were added but do not appear`);
};
