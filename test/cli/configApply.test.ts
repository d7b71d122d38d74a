import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { useDatabase } from '../support/database.ts';
import { runHermes, type Run } from './runHermes.ts';

const example = `
meetings: {duration_mins: 30, buffer_mins: 15, min_start: "10:00", max_end: "17:30"}
admins:
  - id: 1
    first_name: Sam
    last_name: Sales
    username: sam@acme.example
    timezone: Europe/London
    tc2_admin_id: 64
    pd_owner_id: 101
    roles: [sales]
    plans: [payg, startup]
    regions: [gb, eu]
pipelines:
  - {pd_pipeline_id: 1, name: PAYG, default_entry_stage: 11}
  - {pd_pipeline_id: 2, name: Startup}
stages:
  - {pd_stage_id: 11, name: New, pd_pipeline_id: 1}
  - {pd_stage_id: 12, name: Demo booked}
price_plans: {payg: 1, startup: 2}
pipedrive_fields:
  organization: {hermes_id: aaa1, website: aaa2}
  deal: {hermes_id: bbb1}
  person: {hermes_id: ccc1}
custom_fields:
  - {machine_name: utm_medium, name: UTM medium, entity: organization, type: text, pipedrive_key: aaa3, tc2_machine_name: utm_medium}
`;

const nothingToChange = 'Nothing to change: everything is as the file says.\n';

describe('hermes config apply', () => {
  const database = useDatabase();
  beforeEach(() =>
    database.db.raw(
      'truncate admin, pipeline, stage, config, pipedrive_field, pipedrive_field_definition, custom_field restart identity cascade',
    ),
  );

  const settings = (): Record<string, string> => ({ DATABASE_URL: database.url });
  const apply = (text: string, ...options: string[]): Promise<Run> =>
    runHermes(['config', 'apply', '-', ...options], settings(), text);
  const applied = async (text: string): Promise<string> => {
    const run = await apply(text);
    assert.deepEqual({ code: run.code, stderr: run.stderr }, { code: 0, stderr: '' });
    return run.stdout;
  };
  /** The faults' lines without their indent. */
  const faultsOf = async (text: string): Promise<string[]> => {
    const before = await exported();
    const run = await apply(text);
    assert.equal(run.code, 1);
    assert.equal(run.stdout, '');
    assert.equal(await exported(), before, 'nothing may be applied');
    const [head = '', ...lines] = run.stderr.trimEnd().split('\n');
    assert.match(head, /^stdin has (a fault|\d+ faults); nothing was applied:$/);
    return lines.map((line) => line.trim());
  };
  const exported = async (): Promise<string> => {
    const run = await runHermes(['config', 'export'], settings());
    assert.deepEqual({ code: run.code, stderr: run.stderr }, { code: 0, stderr: '' });
    return run.stdout;
  };
  const rows = (table: string): Promise<Record<string, unknown>[]> =>
    database.db(table).select().orderBy('id');

  it('writes the rows that the file describes', async () => {
    await applied(example);
    const [admin] = await rows('admin');
    assert.deepEqual(admin, {
      id: 1,
      tc2_admin_id: 64,
      pd_owner_id: 101,
      first_name: 'Sam',
      last_name: 'Sales',
      username: 'sam@acme.example',
      timezone: 'Europe/London',
      is_sales_person: true,
      is_support_person: false,
      is_bdr_person: false,
      sells_payg: true,
      sells_startup: true,
      sells_enterprise: false,
      sells_us: false,
      sells_gb: true,
      sells_au: false,
      sells_ca: false,
      sells_eu: true,
      sells_row: false,
    });
    const [payg, startup] = await rows('pipeline');
    const [fresh, booked] = await rows('stage');
    assert.equal(payg?.['dft_entry_stage_id'], fresh?.['id']);
    assert.equal(startup?.['dft_entry_stage_id'], null);
    assert.equal(fresh?.['pipeline_id'], payg?.['id']);
    assert.equal(booked?.['pipeline_id'], null);
    const configs = await rows('config');
    assert.equal(configs.length, 1);
    assert.equal(configs[0]?.['payg_pipeline_id'], payg?.['id']);
    assert.equal(configs[0]?.['enterprise_pipeline_id'], null);
    assert.equal(configs[0]?.['meeting_max_end'], '17:30');
    assert.equal((await database.db('pipedrive_field').select()).length, 4);
    const [field] = await rows('custom_field');
    assert.equal(field?.['tc2_machine_name'], 'utm_medium');
    assert.equal(field?.['hermes_column'], null);
  });

  it('changes nothing the second time, and says so', async () => {
    assert.match(await applied(example), /^created +meetings: duration_mins 30/);
    const stamp = () =>
      database.db.raw<{ rows: unknown[] }>(
        'select xmin, id from admin union all select xmin, id from config',
      );
    const before = (await stamp()).rows;
    assert.equal(await applied(example), nothingToChange);
    assert.deepEqual((await stamp()).rows, before, 'no row is even written again');
  });

  it('of several at once, one applies it and the others find it applied', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => apply(example)));
    assert.deepEqual(
      runs.map(({ code, stderr }) => ({ code, stderr })),
      runs.map(() => ({ code: 0, stderr: '' })),
    );
    assert.equal(runs.filter(({ stdout }) => stdout === nothingToChange).length, 3);
    assert.equal((await rows('config')).length, 1);
  });

  it('reads a file, and a dry run shows what it would change', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hermes-config-'));
    try {
      const file = path.join(folder, 'config.yaml');
      await writeFile(file, example);
      const dry = await runHermes(['config', 'apply', file, '--dry-run'], settings());
      assert.equal(dry.code, 0);
      assert.match(dry.stdout, /created +admin 1: .*\n[^]*Nothing was applied: this was a dry run\.\n$/);
      assert.equal(await exported(), '{}\n');
      assert.equal((await runHermes(['config', 'apply', file], settings())).code, 0);
      assert.notEqual(await exported(), '{}\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names a file that is not there', async () => {
    const run = await runHermes(['config', 'apply', 'no-such-file.yaml'], settings());
    assert.deepEqual(run, { code: 1, stdout: '', stderr: 'no-such-file.yaml cannot be read (ENOENT).\n' });
  });

  it('keeps what the file leaves out: rows, and keys of rows', async () => {
    await applied(example);
    const report = await applied(`
admins: [{id: 1, timezone: Europe/Paris, plans: [enterprise]}, {id: 2, username: sol@acme.example}]
stages: [{pd_stage_id: 12, pd_pipeline_id: 2}]
meetings: {buffer_mins: 0}
pipelines: [{pd_pipeline_id: 1, default_entry_stage: null}]
`);
    assert.match(
      report,
      /updated +admin 1: timezone "Europe\/London" -> "Europe\/Paris", plans \[payg, startup\] -> \[enterprise\]\n/,
    );
    assert.match(report, /updated +meetings: buffer_mins 15 -> 0\n/);
    const [sam, sol] = await rows('admin');
    assert.equal(sam?.['username'], 'sam@acme.example');
    assert.equal(sam?.['sells_payg'], false);
    assert.equal(sam?.['sells_enterprise'], true);
    assert.equal(sam?.['is_sales_person'], true);
    assert.equal(sol?.['timezone'], 'Europe/London');
    const state = parse(await exported()) as Record<string, unknown>;
    assert.deepEqual(state['pipelines'], [
      { pd_pipeline_id: 1, name: 'PAYG' },
      { pd_pipeline_id: 2, name: 'Startup' },
    ]);
    assert.deepEqual(state['stages'], [
      { pd_stage_id: 11, name: 'New', pd_pipeline_id: 1 },
      { pd_stage_id: 12, name: 'Demo booked', pd_pipeline_id: 2 },
    ]);
    assert.deepEqual(state['price_plans'], { payg: 1, startup: 2 });
  });

  it('takes the hours of a first configuration from the environment where the file is silent', async () => {
    const more = { MEETING_DUR_MINS: '45', MEETING_MAX_END: '16:00', DFT_TIMEZONE: 'America/New_York' };
    const text = 'meetings: {buffer_mins: 5}\nadmins: [{id: 1, username: sam@acme.example}]';
    await runHermes(['config', 'apply', '-'], { ...settings(), ...more }, text);
    const state = parse(await exported()) as { meetings: unknown; admins: { timezone: string }[] };
    assert.deepEqual(state.meetings, {
      duration_mins: 45,
      buffer_mins: 5,
      min_start: '10:00',
      max_end: '16:00',
    });
    assert.equal(state.admins[0]?.timezone, 'America/New_York');
  });

  it('null takes a field out of its map, a plan off its pipeline', async () => {
    await applied(example);
    await applied(
      'pipedrive_fields: {organization: {website: null, gclid: aaa9}}\nprice_plans: {startup: null}',
    );
    const state = parse(await exported()) as Record<string, unknown>;
    assert.deepEqual(state['pipedrive_fields'], {
      organization: { hermes_id: 'aaa1', gclid: 'aaa9' },
      deal: { hermes_id: 'bbb1' },
      person: { hermes_id: 'ccc1' },
    });
    assert.deepEqual(state['price_plans'], { payg: 1 });
  });

  it('two admins can swap their TC2 ids', async () => {
    const admins = (a: number, b: number) =>
      `admins: [{id: 1, username: a@acme.example, tc2_admin_id: ${a}}, {id: 2, username: b@acme.example, tc2_admin_id: ${b}}]`;
    await applied(admins(64, 77));
    await applied(admins(77, 64));
    assert.deepEqual(
      (await rows('admin')).map((row) => row['tc2_admin_id']),
      [77, 64],
    );
  });

  it('lists all faults with line, path and value, and applies nothing', async () => {
    const faults = await faultsOf(`meetings: {duration_mins: 0, min_start: "10:00", max_end: "9:30"}
colour: red
admins:
  - id: 1
    username: sam
    timezone: Mars/Olympus
    roles: [sales, boss]
    roles: [support]
  - {id: 2, username: sol@acme.example, tc2_admin_id: "64", nickname: Sol}
  - {username: nobody@acme.example}
pipelines:
  - {pd_pipeline_id: 1, name: PAYG, default_entry_stage: 99}
  - {pd_pipeline_id: 1, name: Again}
stages: [{pd_stage_id: 11, pd_pipeline_id: 44}]
price_plans: {payg: 7, gold: 1}
pipedrive_fields:
  organization: {hermes_id: "7f89...", website: 12345, colour: aaa1}
  lead: {hermes_id: bbb1}
custom_fields:
  - {name: UTM medium, entity: organization, type: texts}
  - {name: UTM medium, entity: lead, type: text}
`);
    assert.deepEqual(faults, [
      'line 1, meetings.duration_mins: must be a whole number of minutes from 1 to 1440 (it is 0)',
      'line 1, meetings.max_end: must be a time HH:MM (it is "9:30")',
      'line 2, colour: is no key here; there are meetings, admins, pipelines, stages, price_plans, pipedrive_fields, custom_fields (it is "red")',
      'line 5, admins[0].username: must be an e-mail address (it is "sam")',
      'line 6, admins[0].timezone: must be an IANA time zone such as Europe/London (it is "Mars/Olympus")',
      'line 7, admins[0].roles[1]: must be one of sales, support, bdr (it is "boss")',
      'line 8, admins[0].roles: stands here a second time, after line 7',
      'line 9, admins[1].tc2_admin_id: must be a whole number from 1 to 2147483647 (it is "64")',
      'line 9, admins[1].nickname: is no key of the configuration (it is "Sol")',
      'line 10, admins[2].id: is missing',
      'line 12, pipelines[0].default_entry_stage: is no stage of the file or the database (it is 99)',
      'line 13, pipelines[1].pd_pipeline_id: stands in pipelines[0] already (it is 1)',
      'line 14, stages[0].name: is missing, and the row is new',
      'line 14, stages[0].pd_pipeline_id: is no pipeline of the file or the database (it is 44)',
      'line 15, price_plans.gold: is no key of the configuration (it is 1)',
      'line 15, price_plans.payg: is no pipeline of the file or the database (it is 7)',
      'line 17, pipedrive_fields.organization.hermes_id: must be the key of a Pipedrive field: letters, digits, _ and - only (it is "7f89...")',
      'line 17, pipedrive_fields.organization.website: must be the key of a Pipedrive field; quotes make a text of it (it is 12345)',
      'line 17, pipedrive_fields.organization.colour: is no key of the configuration (it is "aaa1")',
      'line 18, pipedrive_fields.lead: is no key here; there are organization, deal, person (it is a mapping)',
      'line 20, custom_fields[0].type: must be one of text, number, money, boolean, date, datetime, enum, set, user, phone, address (it is "texts")',
      'line 21, custom_fields[1].entity: must be one of organization, deal, person (it is "lead")',
    ]);
  });

  it('never shows what may be a secret', async () => {
    const [fault] = await faultsOf('PD_API_KEY: 0123456789abcdef');
    assert.match(fault ?? '', /^line 1, PD_API_KEY: is no key here/);
    assert.ok(!fault?.includes('0123'));
  });

  it('refuses half of a surrogate pair, which the database would keep as another character', async () => {
    assert.deepEqual(await faultsOf('stages: [{pd_stage_id: 11, name: "New \\ud83d"}]'), [
      'line 1, stages[0].name: must not contain half of a surrogate pair, which is no character (it is "New \\ud83d")',
    ]);
  });

  const contradictions: [string, string, string][] = [
    [
      'hours that end before they begin',
      'meetings: {min_start: "18:00"}',
      'line 1, meetings.min_start: min_start 18:00 must be before max_end 17:30 (it is "18:00")',
    ],
    [
      'a meeting longer than the day',
      'meetings: {duration_mins: 500}',
      'line 1, meetings.duration_mins: a meeting of 500 minutes does not fit between 10:00 and 17:30 (it is 500)',
    ],
    [
      'a TC2 id that another admin has',
      'admins: [{id: 2, username: sol@acme.example, tc2_admin_id: 64}]',
      'line 1, admins[0].tc2_admin_id: is taken by admin 1 (it is 64)',
    ],
    [
      'a new admin without an address',
      'admins: [{id: 2}]',
      'line 1, admins[0].username: is missing, and the row is new',
    ],
    [
      'an entry stage of another pipeline',
      'pipelines: [{pd_pipeline_id: 2, default_entry_stage: 11}]',
      'line 1, pipelines[0].default_entry_stage: belongs to pipeline 1, not to pipeline 2 (it is 11)',
    ],
    [
      'moving the entry stage of a pipeline',
      'stages: [{pd_stage_id: 11, pd_pipeline_id: 2}]',
      'line 1, stages[0].pd_pipeline_id: would move the entry stage of pipeline 1 to another pipeline (it is 2)',
    ],
    [
      'a blank name',
      'stages: [{pd_stage_id: 11, name: " "}]',
      'line 1, stages[0].name: must not be blank (it is " ")',
    ],
    [
      'a name of two lines',
      'stages: [{pd_stage_id: 11, name: "a\\nb"}]',
      String.raw`line 1, stages[0].name: must be one line (it is "a\nb")`,
    ],
    [
      'a key that another field has',
      'pipedrive_fields: {organization: {gclid: aaa2}}',
      'line 1, pipedrive_fields.organization.gclid: is the key of pipedrive_fields.organization.website too (it is "aaa2")',
    ],
    [
      'a key that a custom field has',
      'pipedrive_fields: {organization: {gclid: aaa3}}',
      'line 1, pipedrive_fields.organization.gclid: is the key of custom field organization.utm_medium too (it is "aaa3")',
    ],
    [
      'two Pipedrive fields for one column',
      'custom_fields: [{name: Site, entity: organization, type: text, column: website, pipedrive_key: aaa4}]',
      'line 1, custom_fields[0].pipedrive_key: would be a second Pipedrive field for website, after pipedrive_fields.organization.website (it is "aaa4")',
    ],
    [
      'a column that there is not',
      'custom_fields: [{name: Site, entity: person, type: text, column: website}]',
      'line 1, custom_fields[0].column: is no column of person that a field can stand for; there are country (it is "website")',
    ],
    [
      'a type that the column is not',
      'custom_fields: [{name: Paid, entity: organization, type: text, column: pay1_dt}]',
      'line 1, custom_fields[0].type: must be date or datetime, because the column pay1_dt is (it is "text")',
    ],
    [
      "a name of Hermes's own",
      'custom_fields: [{name: Hermes id, entity: person, type: text}]',
      'line 1, custom_fields[0].machine_name: is a field of Hermes: choose another name, or a column (it is "hermes_id")',
    ],
    [
      'a name that no machine name can be made of',
      'custom_fields: [{name: "---", entity: person, type: text}]',
      'line 1, custom_fields[0].machine_name: is missing, and the name has no letters of a to z to make it of',
    ],
    [
      'one TC2 attribute for two fields',
      'custom_fields: [{name: Medium, entity: organization, type: text, tc2_machine_name: utm_medium}]',
      'line 1, custom_fields[0].tc2_machine_name: is read by organization.utm_medium already (it is "utm_medium")',
    ],
    [
      'a second document',
      'admins: []\n---\nadmins: []',
      'line 2: a second document starts here; the file may hold only one',
    ],
    ['an empty file', '# nothing\n', 'line 1: the file is empty; a configuration that says nothing is {}'],
    ['a list instead of a mapping', '[]', 'line 1: must be a mapping (it is [])'],
    ['an unknown tag', 'admins: !secret []', 'line 1: unresolved tag: !secret'],
    ['an alias without an anchor', 'admins: *staff', 'line 1, admins: has no anchor &staff before it'],
  ];
  for (const [what, text, fault] of contradictions) {
    it(`refuses ${what}`, async () => {
      await applied(example);
      assert.deepEqual((await faultsOf(text)).slice(0, 1), [fault]);
    });
  }

  it('CF-25: makes the machine name of the name, and finds the field again by it', async () => {
    const field = (type: string) =>
      `custom_fields: [{name: Test Field Name With Spaces, entity: deal, type: ${type}}]`;
    await applied(field('text'));
    await applied(field('number'));
    const fields = await rows('custom_field');
    assert.deepEqual(
      fields.map((row) => [row['machine_name'], row['type']]),
      [['test_field_name_with_spaces', 'number']],
    );
  });

  it("a new field with a column's name stands for the column", async () => {
    await applied('custom_fields: [{name: Country, entity: person, type: text, pipedrive_key: ccc9}]');
    assert.equal((await rows('custom_field'))[0]?.['hermes_column'], 'country');
  });

  it('warns of a Pipedrive user that two admins share', async () => {
    await applied(example);
    const run = await apply('admins: [{id: 2, username: sol@acme.example, pd_owner_id: 101}]');
    assert.equal(run.code, 0);
    assert.match(run.stderr, /^Warning: line 1, admins\[0\]\.pd_owner_id: is also admin 1's/);
  });

  it('warns of a calendar that two admins share', async () => {
    await applied(example);
    const run = await apply('admins: [{id: 9, username: sam@acme.example}]');
    assert.equal(run.code, 0);
    assert.match(run.stderr, /^Warning: line 1, admins\[0\]\.username: is also admin 1's/);
  });

  it('accepts what it exports, where it comes from and on an empty database', async () => {
    await applied(example);
    const first = await exported();
    assert.equal(await applied(first), nothingToChange);
    await database.db.raw(
      'truncate admin, pipeline, stage, config, pipedrive_field, custom_field restart identity cascade',
    );
    await applied(first);
    assert.equal(await exported(), first);
  });

  it('accepts what it exports of rows that were copied by hand', async () => {
    await database.db.raw(`
      insert into stage (pd_stage_id, name) values (11, '');
      insert into pipeline (pd_pipeline_id, name, dft_entry_stage_id) values (1, 'on', 1), (2, '1e3', null);
      update stage set pipeline_id = 2;
      insert into admin (tc2_admin_id, pd_owner_id, first_name, username, timezone)
        values (64, 101, E' null\\n', 'sam', 'utc'), (null, 101, '#1: "x"', 'sol@acme.example', 'Europe/London');
      insert into config (meeting_min_start, meeting_max_end) values ('17:00', '09:00');
      insert into custom_field (machine_name, name, entity, type, pipedrive_key)
        values ('website', 'yes', 'organization', 'text', '12345678901234567890'), ('Odd Name', '', 'deal', 'text', '7e10')`);
    assert.equal(await applied(await exported()), nothingToChange);
  });

  it('is read the same by readers of YAML 1.1', async () => {
    await applied(example);
    const text = await exported();
    assert.deepEqual(parse(text, { version: '1.1' }), parse(text));
  });

  it('tells running processes of a change, and only of a change', async () => {
    const listener = (await database.db.client.acquireConnection()) as {
      query: (sql: string) => Promise<unknown>;
      on: (event: string, heard: (message: { payload?: string }) => void) => void;
      removeAllListeners: (event: string) => void;
    };
    try {
      const heard = new Set<string | undefined>();
      listener.on('notification', ({ payload }) => heard.add(payload));
      await listener.query('listen hermes_config');
      await applied(example);
      await listener.query('select 1');
      assert.ok(heard.has('admin') && heard.has('config') && heard.has('custom_field'));
      heard.clear();
      await applied(example);
      await listener.query('select 1');
      assert.deepEqual([...heard], []);
    } finally {
      await listener.query('unlisten *');
      listener.removeAllListeners('notification');
      await database.db.client.releaseConnection(listener);
    }
  });

  it('applies the configuration of the demonstration', async () => {
    const demo = fileURLToPath(new URL('../../sandbox/demo/config.yaml', import.meta.url));
    await applied(await readFile(demo, 'utf8'));
  });
});
