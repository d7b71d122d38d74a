// Health check of a container: `node scripts/healthcheck.mjs [URL]` ends with 0 when the URL answers 200 within three seconds.
const url = process.argv[2] ?? `http://127.0.0.1:${process.env['PORT'] ?? 8000}/healthz`;
try {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(3000) });
  if (status !== 200) throw new Error(`${url} answered ${status}`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
