import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { entities, mappedFields, type Entity } from '../../../domain/configuration/fieldNames.ts';
import { planConfiguration } from '../../../domain/configuration/plan.ts';
import { readConfiguration } from '../../../domain/configuration/read.ts';
import type { PipedriveFields } from '../../../domain/configuration/rules/case.ts';
import { judgeConfiguration } from '../../../domain/configuration/rules/judge.ts';
import {
  customFields,
  dealFields,
  demoAccount,
  demoAdmins,
  demoExtraAttrs,
  demoTc2Admins,
  organizationFields,
  personFields,
} from '../../../sandbox/demo/account.ts';
import { createPipedriveSandbox } from '../../../sandbox/pipedrive/index.ts';
import { noConfiguration as nothing } from '../../support/noConfiguration.ts';

const text = readFileSync(new URL('../../../sandbox/demo/config.yaml', import.meta.url), 'utf8');

const defaults = {
  meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
  timezone: 'Europe/London',
};

const pipedriveFields = (entity: Entity): ReadonlyMap<string, { type: string; custom: boolean }> =>
  new Map(
    (demoAccount.fields?.[entity] ?? []).map(({ field_code: code, field_type: type }) => [
      code ?? '',
      { type, custom: true },
    ]),
  );

const codes = (fields: readonly { name: string; code: string }[]): Record<string, string> =>
  Object.fromEntries(fields.map(({ name, code }) => [name, code]));

describe('sandbox: the demonstration', () => {
  const read = readConfiguration(text);
  const plan = planConfiguration(nothing, read.document, defaults);
  const { result } = plan;

  it('has a configuration without a fault, also before the account of Pipedrive', () => {
    const fields: PipedriveFields = {
      organization: pipedriveFields('organization'),
      deal: pipedriveFields('deal'),
      person: pipedriveFields('person'),
    };
    assert.deepEqual(read.faults, []);
    assert.deepEqual(judgeConfiguration(read, nothing, plan, fields), { faults: [], warnings: [] });
  });

  it('names the staff, pipelines, stages and keys of the account', () => {
    assert.deepEqual(
      result.admins,
      demoAdmins.map((admin) => {
        const { roles, plans, regions } = result.admins.find(({ id }) => id === admin.id)!;
        return { ...admin, roles, plans, regions };
      }),
    );
    assert.deepEqual(
      result.pipelines.map(({ pd_pipeline_id: id, name }) => ({ id, name })),
      demoAccount.pipelines,
    );
    assert.deepEqual(
      result.stages.map(({ pd_stage_id: id, name, pd_pipeline_id }) => ({
        id,
        name,
        pipeline_id: pd_pipeline_id,
      })),
      demoAccount.stages,
    );
    assert.deepEqual(result.fieldMaps, {
      organization: codes(organizationFields),
      deal: codes(dealFields),
      person: codes(personFields),
    });
    assert.deepEqual(
      Object.fromEntries(
        result.customFields.map(({ machine_name: name, pipedrive_key: key }) => [name, key]),
      ),
      codes(customFields),
    );
    for (const { tc2_machine_name: name } of result.customFields) {
      if (name !== null) assert.ok(demoExtraAttrs.some(({ machine_name: known }) => known === name));
    }
    for (const { tc2_admin_id: id } of demoAdmins) assert.ok(demoTc2Admins.some((admin) => admin.id === id));
  });

  it('maps every field that Hermes can map', () => {
    for (const entity of entities) {
      assert.deepEqual(
        Object.keys(result.fieldMaps[entity]).sort(),
        Object.keys(mappedFields[entity]).sort(),
      );
    }
  });

  it('has somebody for every role, and for every plan and region that is sold', () => {
    const sales = result.admins.filter(({ roles }) => roles.includes('sales'));
    for (const role of ['sales', 'support', 'bdr']) {
      assert.ok(
        result.admins.some(({ roles }) => roles.includes(role)),
        role,
      );
    }
    for (const plan of ['payg', 'startup', 'enterprise']) {
      for (const region of ['us', 'gb', 'au', 'ca', 'eu', 'row']) {
        const seller = sales.some(({ plans, regions }) => plans.includes(plan) && regions.includes(region));
        assert.ok(seller, `${plan} in ${region}`);
      }
    }
  });

  it('is an account that the sandbox of Pipedrive takes', () => {
    const pipedrive = createPipedriveSandbox();
    pipedrive.seed(demoAccount);
    for (const { label, code } of organizationFields) {
      assert.equal(pipedrive.fieldCode('organization', label), code);
    }
  });
});
