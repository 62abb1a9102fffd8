/** Prints docs/configuration.md from the schema: `node src/config/print-docs.ts > docs/configuration.md`. */
import type { Option } from '../options/option.ts';
import { outline } from '../options/outline.ts';
import { environmentName } from './environment.ts';
import { configSchema } from './schema.ts';

const INTRODUCTION = `# Configuration

This page is printed from \`src/config/schema.ts\` by \`node src/config/print-docs.ts\`; a test compares the two. Do not edit it.

Countersign reads one YAML file and the environment, once, at its start. The file is the one named by \`--config\`, else by
\`COUNTERSIGN_CONFIG\`, else \`config/countersign.yaml\` where it exists; without a file, the defaults and the environment hold.
\`countersign config check\` names everything that is wrong at once, with line and column; the server starts on nothing less
than a valid configuration. A commented example is \`config/countersign.example.yaml\`.

- **Durations** are written with their unit, \`500ms\`, \`120s\`, \`10min\`, \`12h\`, \`30d\`, or as a number of seconds.
- **Environment** variables win over the file; an empty one counts as not set. A list is written with commas between its items.
  Lists of maps (\`clients\`, \`resources\`, \`limits.push.perAccount\`) are only in the file. An unknown \`COUNTERSIGN_…\` variable is
  an error, except those Kubernetes makes for a service called \`countersign\`; services called \`countersign-…\` need
  \`enableServiceLinks: false\`.
- **Paths** that are relative start at the folder the server is started in.
- **Unknown keys** are errors, and the nearest known one is suggested.
`;

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');

function standardCell({ standard }: Option): string {
  return ['required', 'none', 'the issuer', 'the indicator'].includes(standard) ||
    standard.startsWith('cores')
    ? standard
    : code(standard);
}

function row(path: readonly string[], name: string, option: Option): string {
  const single = option.reads !== 'records' && !path.includes('[]');
  const variables = single
    ? [environmentName(path), ...(option.alsoEnvironment ? [option.alsoEnvironment] : [])]
    : [];
  const cells = [
    code(name),
    option.type,
    standardCell(option),
    option.unit ?? '',
    option.sentence,
    variables.map(code).join(', '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

const TABLE =
  '| Option | Type | Default | Unit | What it does | Environment |\n| --- | --- | --- | --- | --- | --- |';

/** @returns the whole of docs/configuration.md */
export function printConfigurationDocs(): string {
  const blocks = [INTRODUCTION, '## General\n', TABLE];
  let section: string | undefined;
  for (const entry of outline(configSchema)) {
    const name = entry.path.join('.').replaceAll('.[]', '[]');
    const top = entry.path[0]!;
    if (entry.path.length === 1 && (entry.is === 'section' || entry.option.reads === 'records')) {
      section = top;
      const { sentence } = entry.is === 'section' ? entry : entry.option;
      const each = entry.is === 'section' ? '' : ' A list; each item has these options.';
      blocks.push(`\n## ${top}\n`, `${sentence}${each}\n`, TABLE);
      continue;
    }
    const short = section ? name.slice(section.length).replace(/^(\[\])?\./, '') : name;
    if (entry.is === 'section') blocks.push(`| **${code(short)}** | | | | ${cell(entry.sentence)} | |`);
    else blocks.push(row(entry.path, short, entry.option));
  }
  return `${blocks.join('\n')}\n`;
}

if (import.meta.main) process.stdout.write(printConfigurationDocs());
