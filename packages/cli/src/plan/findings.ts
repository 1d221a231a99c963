import type { Finding } from '@xen-image/core';
import type { Style } from '../output/output.js';
import { visible } from '../output/visible.js';

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'note'];

/** Findings, the gravest first; equal ones once. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique.values()].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** A finding as lines: severity, code, place and message, then the hint. */
export function findingLines(finding: Finding, file: string, style: Style): string[] {
  const { severity, code, message, hint, position } = finding;
  const paint = severity === 'error' ? style.red : severity === 'warning' ? style.yellow : style.dim;
  const place = position === undefined ? '' : `${visible(file)}:${position.line}:${position.column}: `;
  const lines = [`  ${paint(severity)} [${visible(code)}]: ${place}${visible(message)}`];
  if (hint !== undefined) lines.push(`    hint: ${visible(hint)}`);
  return lines;
}
