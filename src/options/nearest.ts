/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** Spellings are compared without case and separators, so that `redirect_uris` finds `redirectUris`. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, '');

/**
 * The known word most like a mistyped one.
 * @returns `undefined` when none differs by less than about a third of its letters
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const typed = plain(word.slice(0, 100));
  let best: { word: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits = distance(typed, plain(candidate));
    if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && (!best || edits < best.edits)) {
      best = { word: candidate, edits };
    }
  }
  return best?.word;
}
