import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root: told where this is bundled, else two folders up. */
export const ROOT = process.env['XEN_IMAGE_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));

/** The example guests' configuration files. */
export function exampleConfigs(): readonly Buffer[] {
  const folder = join(ROOT, 'examples/guests');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
}

/** Lines of the recorded cases, spread over the whole file. */
export function recordedCases(count: number): readonly string[] {
  const text = readFileSync(join(ROOT, 'packages/xend-compat/test/vectors/xend-image.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && line.length < 32 * 1024);
  const step = Math.max(1, Math.floor(lines.length / count));
  return lines.filter((_, index) => index % step === 0);
}
