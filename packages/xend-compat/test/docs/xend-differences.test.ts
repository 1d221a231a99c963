import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { vectorsText } from '../support/vectors.js';

/** A row of the page: an oddity, and the cases that show it. */
interface Row {
  readonly quirk: string;
  readonly patterns: readonly string[];
  readonly cells: readonly string[];
}

const page = readFileSync(fileURLToPath(new URL('../../../../docs/xend-differences.md', import.meta.url)), 'utf8');

function codes(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

const rows: readonly Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return { quirk: codes(cells[1])[0] ?? '', patterns: codes(cells[3]), cells };
  });

interface Recorded {
  readonly id: string;
  readonly quirk?: string;
}

const recorded = vectorsText()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

function matches(pattern: string, id: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(id);
}

describe('the page of differences', () => {
  it('has one row for each oddity of the recording, and none else', () => {
    const quirks = new Set(recorded.map(({ quirk }) => quirk).filter((quirk) => quirk !== undefined));
    expect(rows.map(({ quirk }) => quirk).sort()).toEqual([...quirks].sort());
  });

  it.each(rows.map((row) => [row.quirk, row] as const))('tells of %s in all five columns', (_, { cells }) => {
    expect(cells.slice(1, -1).filter((cell) => cell !== '')).toHaveLength(5);
  });

  it.each(rows.map((row) => [row.quirk, row] as const))('names the cases of %s', (quirk, { patterns }) => {
    const own = recorded.filter((entry) => entry.quirk === quirk).map(({ id }) => id);
    expect(own.filter((id) => !patterns.some((pattern) => matches(pattern, id)))).toEqual([]);
    expect(patterns.filter((pattern) => !own.some((id) => matches(pattern, id)))).toEqual([]);
  });
});
