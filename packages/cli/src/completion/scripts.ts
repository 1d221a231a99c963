/** The script for bash 4 and newer. A candidate is a line, so that a name may hold blanks; it is quoted on insertion. */
const BASH = `# Completion of xen-image for bash.
_xen_image() {
  local line current="\${COMP_WORDS[COMP_CWORD]}" files=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("$(printf %q "$line")"); fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
}
complete -F _xen_image xen-image
`;

/** The script for zsh, for a directory of \`fpath\` or to be sourced. */
const ZSH = `#compdef xen-image
# Completion of xen-image for zsh.
_xen_image() {
  local line files=
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else found+=("$line"); fi
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && compadd -a found
  [[ -n $files ]] && _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _xen_image "$@"; else compdef _xen_image xen-image; fi
`;

/** Completion scripts by shell. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH };
