/** How values become what Temporal stores: plain JSON, or encrypted when there are keys. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { payloadCodec } from './payloadCodec.ts';
import { parsePayloadKeys } from './payloadKeys.ts';

/** The module that the workflow bundle needs, too, when payloads are encrypted. */
export const failureConverterPath = fileURLToPath(new URL('failureConverter.ts', import.meta.url));

/**
 * The converter that clients and workers share.
 *
 * @param payloadKeys TEMPORAL_PAYLOAD_KEYS; without it nothing is encrypted
 */
export const dataConverterOf = (payloadKeys: string | undefined): DataConverter | undefined => {
  if (payloadKeys === undefined || payloadKeys.trim() === '') return undefined;
  const [first, ...others] = parsePayloadKeys(payloadKeys);
  if (first === undefined) return undefined;
  return { payloadCodecs: [payloadCodec([first, ...others])], failureConverterPath };
};
