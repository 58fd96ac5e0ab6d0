package history

import (
	"cmp"
	"slices"
)

// A set is a slice in order, without repetition. None of these changes the set
// it is given: the search keeps earlier states.

func has[T cmp.Ordered](set []T, one T) bool {
	_, found := slices.BinarySearch(set, one)
	return found
}

func with[T cmp.Ordered](set []T, one T) []T {
	i, found := slices.BinarySearch(set, one)
	if found {
		return set
	}
	return slices.Insert(slices.Clone(set), i, one)
}

func without[T cmp.Ordered](set []T, one T) []T {
	i, found := slices.BinarySearch(set, one)
	if !found {
		return set
	}
	return slices.Delete(slices.Clone(set), i, i+1)
}
