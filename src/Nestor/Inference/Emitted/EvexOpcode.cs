namespace Nestor.Inference.Emitted;

/// <summary>What tells one EVEX instruction of 512 bits and 32-bit lanes from another.</summary>
/// <param name="Map">Opcode map: 1 for <c>0F</c>, 2 for <c>0F38</c>, 3 for <c>0F3A</c>.</param>
/// <param name="Prefix">The prefix it stands for: 0 for none, 1 for <c>66</c>, 2 for <c>F3</c>, 3 for <c>F2</c>.</param>
/// <param name="Opcode">The opcode.</param>
/// <param name="MemoryBytes">Bytes that it reads or writes without broadcast: the unit of an 8-bit displacement.</param>
internal readonly record struct EvexOpcode(int Map, int Prefix, byte Opcode, int MemoryBytes = 64);
