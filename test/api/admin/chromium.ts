/** The Chromium of this machine: CHROMIUM_PATH, or one of the usual places. Nothing is downloaded for it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Undefined where there is none: the tests that need it are skipped then. */
export const chromiumPath = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== '' && existsSync(file));

/** For the name of a suite: why it is skipped. */
export const withoutChromium =
  chromiumPath === undefined
    ? ' (skipped: no Chromium here; `apt-get install chromium`, or set CHROMIUM_PATH)'
    : '';

/** Starts it, without anything that asks the outside. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
