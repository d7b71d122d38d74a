/**
 * Puts messages and stacks of failures into payloads, which the codec encrypts. Bundled into the workflows and loaded by name: Temporal
 * asks for a module that exports `failureConverter`.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
