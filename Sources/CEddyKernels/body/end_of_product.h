#undef FUNCTION
#undef UNIT
#undef WIDTH
#undef UNITS
#undef SPLAT
#undef LOAD
#undef MULTIPLY
