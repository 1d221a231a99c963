import type { Figure, ImagePlan } from '@xen-image/core';
import type { Style } from '../output/output.js';
import { readableSize } from '../output/size.js';
import { tableLines } from '../output/table.js';
import { visible } from '../output/visible.js';

/** What each figure is for. */
const MEANINGS: Readonly<Record<keyof ImagePlan['memory'], string>> = {
  initialReservation: 'populated by the build',
  maximumReservation: 'what the build makes room for',
  available: 'what must be available for the target',
  maxMemory: "the domain's limit in the hypervisor",
  memmapLimit: 'the limit of the memory map the guest is shown',
  pagingPool: 'page tables of shadow or HAP paging',
  iommuReserve: 'page tables of an IOMMU',
  freeNeeded: 'must be free before the domain is made',
};

const KIB_PER_MIB = 1024;

function kib(figure: Figure): number {
  return figure.unit === 'MiB' ? figure.value * KIB_PER_MIB : figure.value;
}

function explanation({ formula, inputs }: Figure): string[] {
  const values = Object.entries(inputs).map(([name, value]) => `${visible(name)} ${value}`);
  return [`= ${visible(formula)}`, ...(values.length === 0 ? [] : [`with ${values.join(', ')}`])];
}

/** The memory figures, a row each; with their formulas and inputs below them where asked for. */
export function memoryLines(memory: ImagePlan['memory'], explain: boolean, style: Style): string[] {
  const figures = (Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]).flatMap((name) => {
    const figure = memory[name];
    return figure === undefined ? [] : [{ name, figure }];
  });
  const lines = tableLines(
    [
      ['figure', 'KiB', '', 'meaning'],
      ...figures.map(({ name, figure }) => [name, String(kib(figure)), readableSize(kib(figure)), MEANINGS[name]]),
    ],
    { align: ['left', 'right', 'right', 'left'], indent: '  ' },
  );
  const [head = '', ...rows] = lines;
  const explained = rows.flatMap((row, index) => {
    const figure = figures[index]?.figure;
    if (!explain || figure === undefined) return [row];
    return [row, ...explanation(figure).map((text) => style.dim(`      ${text}`))];
  });
  return [style.dim(head), ...explained];
}
