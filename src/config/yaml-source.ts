import { isAlias, isMap, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import type { Path } from '../options/outline.ts';
import type { Problem } from './problems.ts';

export interface YamlSource {
  /** Plain data; an empty object when the text could not be read. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** `name:line:column` of the value at a path, or of the closest map above it that is there. */
  locate(path: Path, of?: 'value' | 'key'): string;
}

/** Messages without the text they complain of, which may be a secret. */
const CAUSES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'each key once in a map',
  TAB_AS_INDENT: 'spaces, not tabs, at the start of a line',
  BAD_INDENT: 'an indentation that fits the lines around it',
  MULTIPLE_DOCS: 'one document in the file',
  BLOCK_AS_IMPLICIT_KEY: 'quotes around a value that has a colon in it',
  MISSING_CHAR: 'the closing bracket or quote, or the colon of a key',
};

/**
 * Reads YAML 1.2 (core schema) and keeps where everything was.
 * @param text the file
 * @param name how the file is called in problems, such as `config/countersign.yaml`
 */
export function readYaml(text: string, name: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    strict: true,
  });
  const place = (offset: number | undefined): string => {
    if (offset === undefined) return name;
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const broken = (offset: number | undefined, wanted: string): Problem => ({
    source: place(offset),
    field: '(file)',
    was: 'not readable',
    wanted,
    sentence: 'The file is YAML 1.2.',
  });

  const problems = [...document.errors, ...document.warnings].map((error) =>
    broken(error.pos[0], CAUSES[error.code] ?? `valid YAML (${error.code})`),
  );

  visit(document, {
    Alias(_, alias) {
      if (!alias.resolve(document))
        problems.push(
          broken(
            alias.range?.[0],
            'quotes around a value that starts with *, or an anchor of that name before it',
          ),
        );
    },
  });

  let data: unknown = {};
  if (problems.length === 0) {
    try {
      // A handful of aliases is convenience, thousands are an attack on memory.
      data = document.toJS({ maxAliasCount: 100 }) ?? {};
    } catch {
      problems.push(broken(undefined, 'at most a hundred uses of aliases'));
    }
  }

  const follow = (node: unknown): Node | undefined =>
    (isAlias(node) ? node.resolve(document) : node) as Node | undefined;

  return {
    data,
    problems,
    locate(path, of = 'value') {
      let node = follow(document.contents);
      let offset = node?.range?.[0];
      for (const [depth, step] of path.entries()) {
        const pair: Pair | undefined = isMap(node)
          ? node.items.find(({ key }) => String(key) === String(step))
          : undefined;
        const next = isSeq(node) ? node.items[Number(step)] : pair?.value;
        const key = (pair?.key as Node | undefined)?.range?.[0];
        if (!pair && !next) break;
        const value = (next as Node | null | undefined)?.range?.[0];
        const last = depth === path.length - 1;
        // A map is named by its key, a scalar by itself.
        const scalar = last && of === 'value' && !isMap(next) && !isSeq(next);
        offset = (scalar ? (value ?? key) : (key ?? value)) ?? offset;
        node = follow(next);
      }
      return place(offset);
    },
  };
}
