// Mermaid diagrams as pictures within the page: no script, nothing fetched, in the colours of the page's theme.
import { renderMermaidSVG } from 'beautiful-mermaid';

const COLOURS = { bg: 'var(--color-background)', fg: 'var(--color-text)', accent: 'var(--color-link)' };
const SPACES = { padding: 8, nodeSpacing: 20, layerSpacing: 30 };

let made = 0;

/** The SVG of a diagram. A text that is no diagram throws. */
export function diagram(text) {
  const svg = renderMermaidSVG(text, { ...COLOURS, ...SPACES, font: 'inherit', transparent: true });
  made += 1;
  // Fonts are the page's. Marks within a picture are known to the whole page: each picture has its own.
  const own = svg.replace(/@import url\([^)]*\);/g, '').replace(/(\bid="|url\(#)/g, `$1diagram-${made}-`);
  return `<figure class="diagram">${own}</figure>\n`;
}
