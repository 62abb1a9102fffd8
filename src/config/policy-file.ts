import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Finding, finding, findings, valueAt } from '../options/findings.ts';
import { listProblems, type Problem } from './problems.ts';
import { configRules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { readYaml } from './yaml-source.ts';

/**
 * The `policy` section of a file that is a configuration, or nothing but that section, before it is turned on. Other
 * sections are passed over: they may name files this machine does not have.
 *
 * @throws PolicyInvalid naming everything that is wrong with it.
 */
export function readPolicyFile(path: string, cwd: string): Config['policy'] {
  const source = readYaml(readFileSync(resolve(cwd, path), 'utf8'), path);
  if (source.problems.length > 0) throw new PolicyInvalid(source.problems);
  const { policy: schema } = configSchema.shape;
  const given = valueAt(source.data, ['policy']);
  // A section whose options are all commented out means what an empty one does.
  const data = { policy: given === null ? {} : given };
  if (given === undefined) {
    const top = typeof source.data === 'object' && source.data !== null ? Object.keys(source.data) : [];
    throw new PolicyInvalid([
      {
        source: path,
        field: 'policy',
        was: top.length === 0 ? 'missing' : `missing; there is ${top.slice(0, 5).join(', ')}`,
        wanted: 'a section `policy:` with what is to be tried, as in the configuration',
        sentence: 'A file without it would change nothing.',
      },
    ]);
  }
  const parsed = schema.safeParse(data.policy);
  const problemAt = ({ path: at, unknownKey, field, was, wanted, sentence }: Finding): Problem => ({
    source: source.locate(at, unknownKey ? 'key' : 'value'),
    field,
    was,
    wanted,
    sentence,
  });
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ ...issue, path: ['policy', ...issue.path] }));
    throw new PolicyInvalid(findings(configSchema, data, issues).map(problemAt));
  }
  const broken = configRules({ policy: parsed.data }).map((one) => finding(configSchema, data, one));
  if (broken.length > 0) throw new PolicyInvalid(broken.map(problemAt));
  return parsed.data;
}

/** The policy of a file cannot be tried. */
export class PolicyInvalid extends Error {
  override readonly name = 'PolicyInvalid';

  constructor(problems: readonly Problem[]) {
    super(listProblems(problems));
  }
}
