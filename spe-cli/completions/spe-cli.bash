# Completion for spe-cli in bash: the words come from the program itself.
# Each line of `spe-cli --complete-words` is: VERB SUB-VERB-or-dash --OPTION...
_spe_cli()
{
	local cur=${COMP_WORDS[COMP_CWORD]} verb='' sub='' given i
	local -a found=() word=()

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		given=${COMP_WORDS[i]}
		[[ $given == -- ]] && return 0
		[[ $given == -* ]] && continue
		[[ ${COMP_WORDS[i - 1]} == --socket ]] && continue
		if [[ -z $verb ]]; then
			verb=$given
		elif [[ -z $sub ]]; then
			sub=$given
		fi
	done
	while read -r -a word; do
		if [[ -z $verb ]]; then
			found+=("${word[0]}")
		elif [[ ${word[0]} == "$verb" && ${word[1]} == - ]]; then
			found+=("${word[@]:2}")
		elif [[ ${word[0]} == "$verb" && -z $sub ]]; then
			found+=("${word[1]}")
		elif [[ ${word[0]} == "$verb" && ${word[1]} == "$sub" ]]; then
			found+=("${word[@]:2}")
		fi
	done < <("${COMP_WORDS[0]}" --complete-words 2>/dev/null)
	mapfile -t COMPREPLY < <(compgen -W "${found[*]}" -- "$cur" | sort -u)
}
complete -o default -F _spe_cli spe-cli
