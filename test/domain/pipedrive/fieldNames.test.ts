import assert from 'node:assert/strict';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import { withFieldNames } from '../../../domain/pipedrive/fieldNames.ts';

describe('names of fields for operators', () => {
  const map: Pick<FieldMap, 'keys' | 'customFields'> = {
    keys: { organization: { tc2_status: 'k1' }, person: {}, deal: { tc2_status: 'k2' } },
    customFields: [
      {
        id: 1,
        machineName: 'utm_medium',
        entity: 'organization',
        type: 'text',
        pipedriveKey: 'k3',
        column: null,
        tc2MachineName: null,
      },
    ],
  };

  it('are those of Hermes; what has none keeps its own', () => {
    const step = {
      call: 'updateOrganization' as const,
      recordId: 1,
      fields: ['name', 'custom_fields.k1', 'custom_fields.k2', 'custom_fields.k3'],
    };
    assert.deepEqual(withFieldNames(map, step), {
      ...step,
      fields: ['name', 'tc2_status', 'custom_fields.k2', 'utm_medium'],
    });
  });

  it('depend on the entity', () => {
    const step = {
      call: 'updateDeal' as const,
      recordId: 1,
      fields: ['custom_fields.k2', 'custom_fields.k1'],
    };
    assert.deepEqual(withFieldNames(map, step).fields, ['tc2_status', 'custom_fields.k1']);
    const activity = { call: 'updateActivity' as const, recordId: 1, fields: ['subject'] };
    assert.deepEqual(withFieldNames(map, activity), activity);
  });
});
