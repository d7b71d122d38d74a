/** /admin: the configuration interface and the operators' pages, rendered on the server, without scripts. */
import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import type { ApiDependencies, RequestState } from '../context.ts';
import type { Logger } from '../../observability/logger.ts';
import { HttpError } from '../errors.ts';
import { createLoginLimit } from './loginLimit.ts';
import { renderMessage, requireOperator } from './context.ts';
import type { OperatorRole } from './operators.ts';
import { adminCalendar, adminForm, admins, assignAdmin, deleteAdmin, saveAdmin } from './pages/admins.ts';
import {
  companies,
  company,
  compareWithPipedrive,
  forgetContact,
  repairCompanyPage,
  syncCompany,
} from './pages/companies.ts';
import { configuration, exportConfiguration, saveConfigurationPage } from './pages/configuration.ts';
import { customFieldForm, deleteCustomField, saveCustomField } from './pages/customFields.ts';
import { failures, syncRefused } from './pages/failures.ts';
import { fields, saveFields } from './pages/fields.ts';
import { login, loginPage, logout } from './pages/login.ts';
import { addOperator, deleteOperator, operators } from './pages/operators.ts';
import { overview } from './pages/overview.ts';
import { pipelines, savePipeline } from './pages/pipelines.ts';
import { replayFiltered, replayWebhook, webhook, webhooks } from './pages/webhooks.ts';
import { operatorSessions } from './sessions.ts';
import { styleSheet } from './style.ts';

/** Errors below /admin are pages, not JSON; those that nobody expected too. */
const answerErrorPages =
  (logger: Logger): Middleware<RequestState> =>
  async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof HttpError) {
        context.status = error.status;
        for (const [name, value] of Object.entries(error.headers)) context.set(name, value);
        renderMessage(context, { title: 'That did not work', message: error.message });
        return;
      }
      const { requestId } = context.state;
      logger.error({ requestId, err: error }, 'unexpected error while answering');
      context.status = 500;
      renderMessage(context, {
        title: 'That did not work',
        message: `Something went wrong inside Hermes, or its database is away. The log says what, under the request id ${requestId}.`,
      });
    }
  };

/** Adds the pages to the application. */
export const addAdminPages = (app: Koa<RequestState>, dependencies: ApiDependencies): void => {
  const router = new Router({ prefix: '/admin' });
  const behind = (role: OperatorRole) => requireOperator(dependencies, role);

  router.get('/style.css', (context) => {
    context.type = 'css';
    context.set('cache-control', 'public, max-age=3600');
    context.body = styleSheet;
  });
  const errors = answerErrorPages(dependencies.logger) as unknown as Middleware;
  // Outside for what the sessions throw, inside so that a page's own fault leaves the session as it is.
  router.use(errors);
  router.use(operatorSessions(app as unknown as Koa, dependencies.db, dependencies.environment));
  router.use(errors);
  router.get('/login', loginPage);
  router.post('/login', login(dependencies, createLoginLimit()));
  router.post('/logout', logout);
  const overviewPage = overview(dependencies);
  router.get('/', behind('read'), overviewPage);
  router.get('/overview', behind('read'), overviewPage);
  router.get('/webhooks', behind('read'), webhooks(dependencies));
  router.post('/webhooks/replay', behind('operate'), replayFiltered(dependencies));
  router.get('/webhooks/:id', behind('read'), webhook(dependencies));
  router.post('/webhooks/:id/replay', behind('operate'), replayWebhook(dependencies));
  router.get('/failures', behind('read'), failures(dependencies));
  router.post('/failures/sync', behind('operate'), syncRefused(dependencies));
  router.get('/companies', behind('read'), companies(dependencies));
  router.get('/companies/:id', behind('read'), company(dependencies));
  router.get('/companies/:id/compare', behind('operate'), compareWithPipedrive(dependencies));
  router.post('/companies/:id/repair', behind('operate'), repairCompanyPage(dependencies));
  router.post('/companies/:id/sync', behind('operate'), syncCompany(dependencies));
  router.post('/companies/:id/contacts/:contact/forget', behind('configure'), forgetContact(dependencies));
  router.get('/configuration', behind('read'), configuration(dependencies));
  router.post('/configuration', behind('configure'), saveConfigurationPage(dependencies));
  router.get('/configuration.yaml', behind('read'), exportConfiguration(dependencies));
  router.get('/admins', behind('read'), admins(dependencies));
  router.post('/admins/assign', behind('configure'), assignAdmin(dependencies));
  router.get('/admins/:id', behind('configure'), adminForm(dependencies));
  router.post('/admins/:id', behind('configure'), saveAdmin(dependencies));
  router.get('/admins/:id/calendar', behind('operate'), adminCalendar(dependencies));
  router.post('/admins/:id/delete', behind('configure'), deleteAdmin(dependencies));
  router.get('/pipelines', behind('read'), pipelines(dependencies));
  router.post('/pipelines/:id', behind('configure'), savePipeline(dependencies));
  router.get('/fields', behind('read'), fields(dependencies));
  router.post('/fields', behind('configure'), saveFields(dependencies));
  router.get('/fields/custom/:id', behind('configure'), customFieldForm(dependencies));
  router.post('/fields/custom/:id', behind('configure'), saveCustomField(dependencies));
  router.post('/fields/custom/:id/delete', behind('configure'), deleteCustomField(dependencies));
  router.get('/operators', behind('configure'), operators(dependencies));
  router.post('/operators', behind('configure'), addOperator(dependencies));
  router.post('/operators/:id/delete', behind('configure'), deleteOperator(dependencies));
  // Whatever else there might be below /admin is nobody's business without a login.
  router.all('/{*rest}', behind('read'), () => {
    throw new HttpError(404, 'There is no such page');
  });
  app.use(router.routes() as unknown as Middleware<RequestState>);
};
