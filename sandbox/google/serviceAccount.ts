/**
 * A service account: who it is, and the key pair with which it signs.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface ServiceAccount {
  readonly clientEmail: string;
  readonly clientId: string;
  readonly projectId: string;
  readonly privateKeyId: string;
  /** PKCS #8, PEM, with real line breaks. */
  readonly privateKey: string;
}

const identity = {
  clientEmail: 'hermes@hermes-sandbox.example',
  clientId: 'sandbox',
  projectId: 'hermes-sandbox',
  privateKeyId: 'sandbox',
};

const newPrivateKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

export const newServiceAccount = (): ServiceAccount => ({ ...identity, privateKey: newPrivateKey() });

let shared: ServiceAccount | undefined;

/** One account per process: making a key takes up to half a second, and nothing depends on having two. */
export const processServiceAccount = (): ServiceAccount => (shared ??= newServiceAccount());

export const publicKeyOf = ({ privateKey }: ServiceAccount): KeyObject => createPublicKey(privateKey);

const read = async (file: string): Promise<string | undefined> => {
  try {
    const privateKey = await readFile(file, 'utf8');
    createPublicKey(privateKey);
    return privateKey;
  } catch {
    return undefined;
  }
};

/**
 * The service account whose key is kept in a folder; made when there is none or none that can be read.
 *
 * Whoever comes first makes it: the sandbox, or the stack that hands the key to Hermes.
 */
export const ensureServiceAccount = async (folder: string): Promise<ServiceAccount> => {
  const file = path.join(folder, 'service-account.pem');
  const kept = await read(file);
  if (kept !== undefined) return { ...identity, privateKey: kept };
  const account = newServiceAccount();
  await mkdir(folder, { recursive: true });
  // Written beside and renamed, so that nobody reads half a key.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, account.privateKey, { mode: 0o600 });
  await rename(draft, file);
  return account;
};
