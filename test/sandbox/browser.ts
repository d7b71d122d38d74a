/** A headless Chromium, driven over the DevTools protocol through a pipe; no package needed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { eventually } from '../support/hermes.ts';

/** The program, where there is one; CHROMIUM_PATH names another. */
export const chromium = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));

interface Message {
  id?: number;
  sessionId?: string;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export interface Browser {
  open(url: string): Promise<void>;
  /** The value of an expression in the page; promises are waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** Resolves when the expression becomes true. */
  until(expression: string): Promise<void>;
  screenshot(file: string): Promise<void>;
  close(): Promise<void>;
}

export const openBrowser = async (program: string): Promise<Browser> => {
  const profile = mkdtempSync(path.join(tmpdir(), 'hermes-browser-'));
  const child = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--remote-debugging-pipe',
      '--window-size=1000,1100',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'Europe/London' } },
  );
  const commands = child.stdio[3] as Writable;
  const answers = child.stdio[4] as Readable;
  const waiting = new Map<number, (message: Message) => void>();
  let rest = '';
  answers.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
    }
  });
  const gone = new Promise<never>((_, reject) => {
    child.once('exit', () => reject(new Error('the browser ended')));
    child.once('error', reject);
  });
  gone.catch(() => undefined);

  let lastId = 0;
  const send = async (
    method: string,
    params: Record<string, unknown> = {},
    sessionId?: string,
  ): Promise<Record<string, unknown>> => {
    lastId += 1;
    const id = lastId;
    const answer = new Promise<Message>((resolve) => {
      waiting.set(id, resolve);
    });
    const session = sessionId === undefined ? {} : { sessionId };
    commands.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await Promise.race([answer, gone]);
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const attached = await send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(attached['sessionId']);
  await send('Page.enable', {}, session);

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      session,
    )) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  };
  return {
    evaluate,
    open: async (url) => {
      await send('Page.navigate', { url }, session);
      await eventually(`${url} is loaded`, () =>
        evaluate<boolean>(`document.readyState === 'complete' && location.href !== 'about:blank'`),
      );
    },
    until: (expression) => eventually(expression, () => evaluate<boolean>(`Boolean(${expression})`)),
    screenshot: async (file) => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' }, session);
      await writeFile(file, Buffer.from(String(data), 'base64'));
    },
    close: async () => {
      const ended = gone.catch(() => undefined);
      await send('Browser.close').catch(() => undefined);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
