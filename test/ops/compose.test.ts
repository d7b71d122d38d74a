/**
 * The compose files are held against the Compose specification, by its official schema. What only this project can know is looked at
 * too.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { environmentSchema } from '../../environment/environment.ts';
import { interpolate, readComposeDocument, readComposeFile } from '../../rehearsal/composeFile.ts';
import { composeSchema } from './composeSchema.ts';

const at = (name: string): URL => new URL(`../../${name}`, import.meta.url);

const ajv = new Ajv2020({ strict: false, allErrors: true });

const compose = readComposeFile();
const services = Object.entries(compose.services);
/** Services that do something once and end. */
const isJob = (restart: string | undefined): boolean => restart?.startsWith('on-failure') ?? false;

describe('docker-compose.yml', () => {
  /** Without Go there is no schema to be had, and nothing is claimed. */
  let validate: ValidateFunction | undefined;
  before(function () {
    this.timeout(120_000);
    const schema = composeSchema();
    if (schema !== null) validate = ajv.compile(schema);
  });

  for (const name of ['docker-compose.yml', 'docker-compose.dev.yml']) {
    it(`${name} is what the Compose specification asks for`, function () {
      if (validate === undefined) this.skip();
      assert.ok(validate(readComposeDocument({}, at(name))), ajv.errorsText(validate.errors));
    });
  }

  it('the schema refuses what Compose would refuse', function () {
    if (validate === undefined) this.skip();
    for (const services of [
      { api: { image: 1 } },
      { api: { imge: 'x' } },
      { api: { deploy: { replicas: [] } } },
    ]) {
      assert.equal(validate({ services }), false, JSON.stringify(services));
    }
  });

  it('variables are replaced as Compose replaces them', () => {
    assert.equal(interpolate('${A:-1}-${B:-}-$$C', { A: '', B: 'b' }), '1-b-$C');
    assert.throws(() => interpolate('${A}', {}), /asks for A/);
  });

  it('pins every image', () => {
    for (const [name, { image }] of services) assert.match(image, /^[\w./-]+:v?\d+(\.\d+){1,2}$/, name);
  });

  it('every service restarts, and says whether it is healthy unless it ends by itself', () => {
    for (const [name, { restart, healthcheck }] of services) {
      assert.ok(restart, name);
      assert.equal(healthcheck === undefined, isJob(restart), name);
    }
  });

  it('waits for services that exist, in a way that they can fulfil', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        const needed = compose.services[other];
        assert.ok(needed, `${name} waits for ${other}`);
        assert.equal(
          condition,
          isJob(needed.restart) ? 'service_completed_successfully' : 'service_healthy',
          `${name} waits for ${other}`,
        );
      }
    }
  });

  it('every job is waited for: `up --wait` takes the end of any other for a failure', () => {
    const staying = services.filter(([, { restart, profiles }]) => !isJob(restart) && profiles.length === 0);
    const awaited = new Set(staying.flatMap(([, { depends_on: needs }]) => Object.keys(needs)));
    for (const [name, { restart }] of services) if (isJob(restart)) assert.ok(awaited.has(name), name);
  });

  it('hands secrets over in files only, and uses every one', () => {
    for (const [name, { environment, secrets }] of services) {
      for (const [setting, value] of Object.entries(environment)) {
        if (/(PASSWORD|PWD|KEY|SECRET|DSN|KEYS)$/.test(setting))
          assert.fail(`${name} has ${setting} in its environment`);
        const secret = /^\/run\/secrets\/(\w+)$/.exec(value)?.[1];
        if (secret !== undefined) assert.ok(secrets.includes(secret), `${name} names ${value}`);
      }
      for (const secret of secrets) assert.ok(compose.secrets[secret], `${name} has the secret ${secret}`);
    }
    const used = new Set(services.flatMap(([, { secrets }]) => secrets));
    assert.deepEqual(Object.keys(compose.secrets).toSorted(), [...used].toSorted());
    const script = readFileSync(at('ops/make-secrets.sh'), 'utf8');
    for (const secret of used) assert.match(script, new RegExp(`\\b${secret}\\b`), secret);
  });

  it('gives Hermes only settings that it knows', () => {
    const known = new Set<string>(Object.keys(environmentSchema.shape));
    const others = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'NODE_OPTIONS'];
    for (const [name, { image, environment }] of services) {
      if (!image.startsWith('hermes:')) continue;
      for (const setting of Object.keys(environment)) {
        assert.ok(
          known.has(setting.replace(/_FILE$/, '')) || others.includes(setting),
          `${name}: ${setting}`,
        );
      }
    }
  });

  it('mounts files that exist', () => {
    for (const [name, { volumes }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./'))
          assert.ok(existsSync(fileURLToPath(at(source.slice(2)))), `${name}: ${source}`);
      }
    }
  });

  it('publishes only the door to everyone', () => {
    for (const [name, { ports }] of services) {
      if (name !== 'proxy') for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    }
  });

  it('.dockerignore lets in what the image runs', () => {
    const allowed = new Set(
      readFileSync(at('.dockerignore'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    for (const name of allowed) assert.ok(existsSync(fileURLToPath(at(name))), name);
    const folders = services.flatMap(([, { image, command }]) =>
      image.startsWith('hermes:') ? [command[1]?.split('/')[0] ?? ''] : [],
    );
    for (const folder of folders) assert.ok(allowed.has(folder), folder);
  });
});
