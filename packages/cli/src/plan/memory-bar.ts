import type { ImagePlan } from '@xen-image/core';
import { readableSize } from '../output/size.js';

const WIDTH = 60;

/** A part of the memory that a guest needs. */
interface Part {
  readonly name: string;
  readonly mark: string;
  readonly kib: number;
}

function partsOf({ memory, config }: ImagePlan): Part[] {
  const { targetKib } = config.memory;
  const parts = [
    { name: 'guest', mark: '#', kib: targetKib },
    { name: 'beside it', mark: '+', kib: memory.available.value - targetKib },
    { name: 'paging pool', mark: '=', kib: memory.pagingPool.value },
    { name: 'IOMMU', mark: '-', kib: memory.iommuReserve.value },
  ];
  const rest = memory.freeNeeded.value - parts.reduce((sum, part) => sum + part.kib, 0);
  return [...parts, { name: 'overhead', mark: '.', kib: rest }].filter((part) => part.kib > 0);
}

/** Cells of each part: at least one, the largest giving what that costs. */
function cellsOf(parts: readonly Part[]): number[] {
  const total = parts.reduce((sum, part) => sum + part.kib, 0);
  const cells = parts.map((part) => Math.max(1, Math.round((part.kib / total) * WIDTH)));
  const largest = cells.indexOf(Math.max(...cells));
  cells[largest] = (cells[largest] ?? 0) + WIDTH - cells.reduce((sum, cell) => sum + cell, 0);
  return cells;
}

/** A bar of the memory that must be free, with what it is for; nothing where that is the guest's alone. */
export function memoryBar(plan: ImagePlan): string[] {
  const parts = partsOf(plan);
  if (parts.length < 2) return [];
  const cells = cellsOf(parts);
  const bar = parts.map(({ mark }, index) => mark.repeat(cells[index] ?? 0)).join('');
  const legend = parts.map(({ name, mark, kib }) => `${mark} ${name} ${readableSize(kib)}`).join('   ');
  const lines = [`  |${bar}| ${readableSize(plan.memory.freeNeeded.value)}`, `   ${legend}`];
  const { targetKib, maximumKib } = plan.config.memory;
  if (maximumKib > targetKib) {
    const how = plan.handler.supports.container === 'hvm' ? 'populated on demand' : 'given by its balloon';
    lines.push(`   the guest may grow by ${readableSize(maximumKib - targetKib)}, ${how}`);
  }
  return lines;
}
