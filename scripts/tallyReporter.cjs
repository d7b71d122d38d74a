/**
 * Mocha's own reporter, and beside it a running count in a file, so that `npm test` can end with the totals even when the
 * test process died halfway. CommonJS because mocha loads reporters by require.
 */
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

const Base = reporters[process.env.HERMES_TEST_REPORTER ?? 'spec'] ?? reporters.spec;

module.exports = class TallyReporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const tallyFile = process.env.HERMES_TEST_TALLY;
    if (tallyFile === undefined) return;
    const tally = { passed: 0, failed: 0, skipped: 0, current: '', finished: false };
    const save = () => writeFileSync(tallyFile, JSON.stringify(tally));
    runner.on('start', save);
    runner.on('test', (test) => {
      tally.current = test.fullTitle();
      save();
    });
    runner.on('pass', () => {
      tally.passed += 1;
      save();
    });
    runner.on('fail', (test) => {
      tally.failed += 1;
      tally.current = test.fullTitle();
      save();
    });
    runner.on('pending', () => {
      tally.skipped += 1;
      save();
    });
    runner.on('end', () => {
      tally.finished = true;
      save();
    });
  }
};
