import type { EntityName } from '../rows.ts';
import { activityModel } from './activity.ts';
import { dealModel } from './deal.ts';
import type { Model } from './model.ts';
import { organizationModel } from './organization.ts';
import { personModel } from './person.ts';
import { pipelineModel } from './pipeline.ts';
import { stageModel } from './stage.ts';

export const models: { [E in EntityName]: Model<E> } = {
  organization: organizationModel,
  person: personModel,
  deal: dealModel,
  activity: activityModel,
  pipeline: pipelineModel,
  stage: stageModel,
};
