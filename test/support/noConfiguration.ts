/** What a database holds before its first configuration. */
import type { ConfigurationState } from '../../domain/configuration/state.ts';

export const noConfiguration: ConfigurationState = {
  meetings: null,
  admins: [],
  pipelines: [],
  stages: [],
  pricePlans: { payg: null, startup: null, enterprise: null },
  fieldMaps: { organization: {}, deal: {}, person: {} },
  customFields: [],
};
