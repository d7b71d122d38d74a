import { hash } from 'node:crypto';

/** The SHA-256 of bytes, or of a text as UTF-8. */
export const sha256 = (data: Buffer | string): Buffer => hash('sha256', data, 'buffer');
