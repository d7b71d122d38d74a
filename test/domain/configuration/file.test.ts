import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plans, regions, roles } from '../../../domain/configuration/document.ts';
import { inFileOrder } from '../../../domain/configuration/fault.ts';
import { entities, mappedFields } from '../../../domain/configuration/fieldNames.ts';
import { fieldTypeNames } from '../../../domain/configuration/fieldTypes.ts';
import { machineNameOf } from '../../../domain/configuration/machineName.ts';
import { changesSomething, planConfiguration, type Defaults } from '../../../domain/configuration/plan.ts';
import { readConfiguration } from '../../../domain/configuration/read.ts';
import { renderConfiguration } from '../../../domain/configuration/render.ts';
import { judgeConfiguration } from '../../../domain/configuration/rules/judge.ts';
import { customFieldId, type ConfigurationState } from '../../../domain/configuration/state.ts';
import { noConfiguration as nothing } from '../../support/noConfiguration.ts';

const defaults: Defaults = {
  timezone: 'Europe/London',
  meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
};

/** What PostgreSQL can store as text, with a taste for what YAML may take for something else. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\u0000')),
  fc.constantFrom(
    '',
    ' ',
    'null',
    '~',
    'yes',
    '0x1f',
    '1e3',
    '10:00',
    '- a',
    '# b',
    '*c',
    '&d',
    '"',
    "'",
    'e: f',
    'g\nh',
    '---',
    '\t',
  ),
);
const id = fc.integer({ min: 1, max: 2_147_483_647 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const key = fc.stringMatching(/^[0-9a-f]{40}$|^\d{1,40}$|^[0-9]e[0-9]{1,3}$/);
const fieldMap = (names: readonly string[]) =>
  fc
    .subarray([...names])
    .chain((chosen) => fc.tuple(...chosen.map((name) => key.map((value): [string, string] => [name, value]))))
    .map((pairs) => Object.fromEntries(pairs));

/** Any configuration that a database can hold, sensible or not. */
const state: fc.Arbitrary<ConfigurationState> = fc
  .record({
    pipelineIds: fc.uniqueArray(id, { maxLength: 4 }),
    stageIds: fc.uniqueArray(id, { maxLength: 4 }),
  })
  .chain(({ pipelineIds, stageIds }) => {
    const pipeline = pipelineIds.length === 0 ? fc.constant(null) : maybe(fc.constantFrom(...pipelineIds));
    const stage = stageIds.length === 0 ? fc.constant(null) : maybe(fc.constantFrom(...stageIds));
    return fc.record({
      meetings: fc.record({
        duration_mins: fc.integer({ min: 1, max: 1440 }),
        buffer_mins: fc.integer({ min: 0, max: 1440 }),
        min_start: clock,
        max_end: clock,
      }),
      admins: fc.uniqueArray(
        fc.record({
          id,
          first_name: text,
          last_name: text,
          username: text,
          timezone: text,
          tc2_admin_id: maybe(id),
          pd_owner_id: maybe(id),
          roles: fc.subarray<string>([...roles]),
          plans: fc.subarray<string>([...plans]),
          regions: fc.subarray<string>([...regions]),
        }),
        { selector: (admin) => admin.id, maxLength: 3 },
      ),
      pipelines: fc.tuple(
        ...pipelineIds.map((pd_pipeline_id) =>
          fc.record({ pd_pipeline_id: fc.constant(pd_pipeline_id), name: text, default_entry_stage: stage }),
        ),
      ),
      stages: fc.tuple(
        ...stageIds.map((pd_stage_id) =>
          fc.record({ pd_stage_id: fc.constant(pd_stage_id), name: text, pd_pipeline_id: pipeline }),
        ),
      ),
      pricePlans: fc.record({ payg: pipeline, startup: pipeline, enterprise: pipeline }),
      fieldMaps: fc.record({
        organization: fieldMap(Object.keys(mappedFields.organization)),
        deal: fieldMap(Object.keys(mappedFields.deal)),
        person: fieldMap(Object.keys(mappedFields.person)),
      }),
      customFields: fc.uniqueArray(
        fc.record({
          machine_name: fc.oneof(
            text.filter((name) => name !== ''),
            fc.constantFrom('website', 'hermes_id', 'utm_medium'),
          ),
          name: text,
          entity: fc.constantFrom(...entities),
          type: fc.constantFrom<string>(...fieldTypeNames),
          pipedrive_key: maybe(key),
          column: maybe(text),
          tc2_machine_name: maybe(text.filter((name) => name.trim() !== '')),
        }),
        { selector: customFieldId, maxLength: 4 },
      ),
    });
  });

describe('domain/configuration: the file', () => {
  it('what is rendered is read as what it was, and is no fault where it comes from', () => {
    fc.assert(
      fc.property(state, (before) => {
        const read = readConfiguration(renderConfiguration(before));
        const plan = planConfiguration(before, read.document, defaults);
        const judged = judgeConfiguration(read, before, plan, undefined);
        assert.deepEqual([...read.faults, ...judged.faults], []);
        assert.equal(changesSomething(plan), false);
        const fresh = planConfiguration(nothing, read.document, defaults);
        assert.equal(renderConfiguration(fresh.result), renderConfiguration(before));
      }),
    );
  });

  it('whatever the text is, it is read or refused, never thrown at', () => {
    const yaml = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(
          fc.constantFrom(
            'a',
            'admins',
            ': ',
            '- ',
            '\n',
            '  ',
            '[',
            ']',
            '{',
            '}',
            '&x ',
            '*x',
            '!t ',
            '? ',
            '"',
            '|',
            '---\n',
            '<<',
            '1',
            '#',
          ),
          { maxLength: 40 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(yaml, (content) => {
        const read = readConfiguration(content);
        const plan = planConfiguration(nothing, read.document, defaults);
        for (const fault of inFileOrder([
          ...read.faults,
          ...judgeConfiguration(read, nothing, plan, undefined).faults,
        ])) {
          assert.ok(fault.line !== undefined && fault.line >= 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('aliases cannot blow it up', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(10)}]`,
    );
    const { faults } = readConfiguration(['l0: &l0 [x]', ...levels].join('\n'));
    assert.ok(faults.some(({ message }) => message === 'is nested too deeply'));
    assert.ok(readConfiguration('admins: &a [*a]').faults.length > 0);
  });

  it('CF-25: machine names', () => {
    assert.equal(machineNameOf('Test Field Name With Spaces'), 'test_field_name_with_spaces');
    assert.equal(machineNameOf('  UTM-Medium (2026) '), 'utm_medium_2026');
    assert.equal(machineNameOf('Prénom'), 'prenom');
    assert.equal(machineNameOf('日本'), '');
  });
});
