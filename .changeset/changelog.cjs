// How a changeset reads in a package's CHANGELOG.md: its own words, nothing else. All packages are released together under one
// version, so that which of ours a package needs is no news.
module.exports = {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split('\n');
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
  },
  getDependencyReleaseLine: async () => '',
};
