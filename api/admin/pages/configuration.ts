/** Meeting hours and price plans, changed through the same rules as `hermes config apply`: all faults at once, or nothing is stored. */
import type { Context } from 'koa';
import { loadConfiguration } from '../../../configuration/load.ts';
import type { Pipeline } from '../../../db/models/index.ts';
import { pricePlans } from '../../../domain/company/terms.ts';
import { renderConfiguration } from '../../../domain/configuration/render.ts';
import type { ApiDependencies } from '../../context.ts';
import { readForm, render } from '../context.ts';
import { formId } from '../formId.ts';
import { saveConfiguration } from '../saveConfiguration.ts';
import { slotPreview, type MeetingRules } from '../slotPreview.ts';

/** GET /admin/configuration: meeting hours and price plans (ADM-07). */
export const configuration =
  ({ db, environment }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [config, pipelines] = await Promise.all([
      db('config').orderBy('id').first('*') as Promise<MeetingRules | undefined>,
      db('pipeline').orderBy('pd_pipeline_id').select<Pipeline[]>('*'),
    ]);
    const rules = config ?? {
      meeting_dur_mins: environment.MEETING_DUR_MINS,
      meeting_buffer_mins: environment.MEETING_BUFFER_MINS,
      meeting_min_start: environment.MEETING_MIN_START,
      meeting_max_end: environment.MEETING_MAX_END,
    };
    const isSet = (value: string | undefined): string => (value === undefined ? 'not set' : 'set');
    render(context, 'configuration', {
      title: 'Configuration',
      config: rules,
      slots: slotPreview(rules),
      pipelines,
      plans: pricePlans,
      keys: [
        ['TC2_API_KEY', isSet(environment.TC2_API_KEY)],
        ['PD_API_KEY', isSet(environment.PD_API_KEY)],
        ['PD_WEBHOOK_PASSWORD', isSet(environment.PD_WEBHOOK_PASSWORD)],
        ['SIGNING_KEY', isSet(environment.SIGNING_KEY)],
        ['G_PRIVATE_KEY', isSet(environment.G_PRIVATE_KEY)],
      ],
    });
  };

/** POST /admin/configuration (ADM-08) */
export const saveConfigurationPage =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const plans = Object.fromEntries(pricePlans.map((plan) => [plan, formId(form.get(plan))]));
    const number = (name: string): number | string => {
      const text = form.get(name) ?? '';
      return /^\d+$/.test(text) ? Number(text) : text;
    };
    const document = {
      meetings: {
        duration_mins: number('duration_mins'),
        buffer_mins: number('buffer_mins'),
        min_start: form.get('min_start') ?? '',
        max_end: form.get('max_end') ?? '',
      },
      price_plans: plans,
    };
    const { meetings } = document;
    const rules = {
      meeting_dur_mins: Number(meetings.duration_mins),
      meeting_buffer_mins: Number(meetings.buffer_mins),
      meeting_min_start: meetings.min_start,
      meeting_max_end: meetings.max_end,
    };
    await saveConfiguration(dependencies, context, {
      form,
      document,
      back: '/admin/configuration',
      preview: () => ({ slots: slotPreview(rules) }),
    });
  };

/** GET /admin/configuration.yaml: what `config apply` accepts. */
export const exportConfiguration =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    context.type = 'application/yaml; charset=utf-8';
    context.attachment('hermes.yaml');
    context.body = renderConfiguration(await db.transaction(loadConfiguration));
  };
