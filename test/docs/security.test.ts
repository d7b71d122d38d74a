import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const root = new URL('../../', import.meta.url);

describe('docs/security.md', () => {
  let page: string;
  before(async () => {
    page = await readFile(new URL('docs/security.md', root), 'utf8');
  });

  it('names tests that exist', async () => {
    const named = [...page.matchAll(/^- `(test\/[\w./-]+\.test\.ts)`: “(.+)”$/gm)];
    assert.ok(named.length > 50, `${named.length} tests`);
    assert.equal(named.length, page.match(/^- `test\//gm)?.length, 'every line that begins like one is one');
    const missing: string[] = [];
    for (const [, file = '', name = ''] of named) {
      const text = await readFile(new URL(file, root), 'utf8').catch(() => '');
      const begins = ["'", '"', '`'].flatMap((quote) =>
        ['it', 'describe'].map((word) => `${word}(${quote}${name}${quote}`),
      );
      // The formatter may begin a line after the bracket.
      const joined = text.replaceAll(/\b(it|describe)\(\s+/g, '$1(');
      if (!begins.some((begin) => joined.includes(begin))) missing.push(`${file}: ${name}`);
    }
    assert.deepEqual(missing, []);
  });

  it('goes through all ten risks, each with a test', () => {
    const [, ...risks] = page.split(/^### (?=API\d+:)/m);
    assert.deepEqual(
      risks.map((risk) => /^API\d+/.exec(risk)?.[0]),
      Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    );
    for (const risk of risks) assert.match(risk, /^- `test\//m, risk.split('\n')[0]);
  });
});
