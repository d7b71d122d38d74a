// `npm run audit`: asks the registry about known vulnerabilities of what runs in production, and for the signatures of the packages.
import { spawnSync } from 'node:child_process';

const found = 1;
const notTold = 2;

/** @returns npm's answer, null when the registry gave none */
const ask = (...words) => {
  const { stdout } = spawnSync('npm', ['audit', ...words, '--json'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  try {
    const answer = JSON.parse(stdout);
    return answer.error !== undefined || answer.statusCode !== undefined ? null : answer;
  } catch {
    return null;
  }
};

const advisories = ask('--omit=dev');
const signatures = ask('signatures');

if (advisories === null) {
  console.log('Vulnerabilities: the registry does not tell, so nothing is known.');
} else {
  const vulnerable = Object.values(advisories.vulnerabilities ?? {});
  console.log(vulnerable.length === 0 ? 'Vulnerabilities: none known.' : 'Vulnerabilities:');
  for (const { name, severity, range } of vulnerable) console.log(`  ${severity}  ${name} ${range}`);
}

if (signatures === null) {
  console.log('Signatures: the registry does not tell, so they were not checked.');
} else {
  const wrong = [...(signatures.invalid ?? []), ...(signatures.missing ?? [])];
  console.log(wrong.length === 0 ? 'Signatures: all good.' : 'Signatures:');
  for (const { name, version } of wrong) console.log(`  ${name} ${version}`);
  if (wrong.length > 0) process.exitCode = found;
}

if (Object.keys(advisories?.vulnerabilities ?? {}).length > 0) process.exitCode = found;
process.exitCode ??= advisories === null || signatures === null ? notTold : 0;
