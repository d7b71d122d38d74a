import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { bindableColumns, entities, mappedFields } from '../../domain/configuration/fieldNames.ts';
import { fieldTypes, pipedriveTypesOf } from '../../domain/configuration/fieldTypes.ts';
import { environmentSchema } from '../../environment/environment.ts';
import { useDatabase } from '../support/database.ts';
import { runHermes } from './runHermes.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** The part of the page below a heading, as far as the next heading of its rank or above. */
const section = (heading: string): string => {
  const start = page.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, heading);
  const rest = page.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${heading.indexOf(' ')}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
};

/** Cells of the rows of all tables of a text, without heads. */
const cells = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const codes = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

const sorted = (names: readonly string[]): string[] => names.toSorted();

describe('docs/configuration.md', () => {
  const database = useDatabase();

  describe('settings', () => {
    const rows = new Map(
      cells(section('## Settings'))
        .filter(([name]) => name?.startsWith('`'))
        .map(([name = '', value = '', meaning = '']) => [codes(name)[0] ?? '', { value, meaning }]),
    );

    it('are those of the schema, each explained', () => {
      assert.deepEqual(sorted([...rows.keys()]), sorted(Object.keys(environmentSchema.shape)));
      for (const [name, { meaning }] of rows) assert.notEqual(meaning, '', name);
    });

    it('have the defaults of the schema', () => {
      for (const [name, schema] of Object.entries(environmentSchema.shape)) {
        const said = rows.get(name)?.value ?? '';
        if (said === 'required') {
          assert.equal(schema.safeParse(undefined).success, false, name);
          continue;
        }
        const value = said === 'none' ? undefined : codes(said)[0];
        assert.notEqual(said, '', name);
        if (said === 'none') assert.equal(schema.parse(undefined), undefined, name);
        assert.deepEqual(schema.parse(value), schema.parse(undefined), name);
      }
    });
  });

  it('names the fields of the map, and the Pipedrive types that suit each', () => {
    const told = cells(section('### Field maps'))
      .slice(2)
      .flatMap(([names = '', where = '', types = '']) =>
        codes(names).flatMap((name) =>
          where.split(', ').map((entity) => `${entity}.${name}: ${sorted(codes(types)).join(', ')}`),
        ),
      );
    const known = entities.flatMap((entity) =>
      Object.entries(mappedFields[entity]).map(
        ([name, types]) => `${entity}.${name}: ${sorted(pipedriveTypesOf(types)).join(', ')}`,
      ),
    );
    assert.deepEqual(sorted(told), sorted(known));
  });

  it('names the types of custom fields', () => {
    const told = cells(section('### Custom fields'))
      .filter(([type = '']) => Object.hasOwn(fieldTypes, codes(type)[0] ?? ''))
      .map(([type = '', holds = '', pipedrive = '']) => [
        codes(type)[0],
        { pipedrive: codes(pipedrive), holds },
      ]);
    assert.deepEqual(Object.fromEntries(told), fieldTypes);
  });

  it('names the columns that custom fields may stand for, and they exist', async () => {
    const tables = { organization: 'company', deal: 'deal', person: 'contact' };
    for (const entity of entities) {
      const item = section('### Custom fields')
        .split(new RegExp(`^- ${entity}: `, 'm'))[1]
        ?.split('\n- ')[0];
      const columns = Object.keys(bindableColumns[entity]);
      assert.deepEqual(sorted(codes(item ?? '')), sorted(columns), entity);
      const existing = Object.keys(await database.db(tables[entity]).columnInfo());
      assert.deepEqual(
        columns.filter((column) => !existing.includes(column)),
        [],
      );
    }
  });

  it('shows a configuration file that can be applied', async () => {
    const example = /```yaml\n([^]*?)```/.exec(section('## The configuration file'))?.[1] ?? '';
    const run = await runHermes(['config', 'apply', '-'], { DATABASE_URL: database.url }, example);
    assert.deepEqual({ code: run.code, stderr: run.stderr }, { code: 0, stderr: '' });
    assert.match(run.stdout, /created +custom field organization\.utm_medium/);
  });
});
