using Nestor.Inference.Emitted;
using static Nestor.Inference.Emitted.Register;
using static Nestor.Inference.Emitted.VectorOperand;

namespace Nestor.Tests.Inference.Emitted;

/// <summary>Beside each instruction is the text that GNU as 2.40 (<c>.intel_syntax noprefix</c>) turned into the bytes.</summary>
public sealed class AssemblerTests
{
    [Fact]
    public void Addresses_have_the_bytes_of_GNU_as()
    {
        Check("62F17C48100F", code => code.Vmovups(Z(1), At(Rdi))); // vmovups zmm1,zmmword ptr [rdi]
        Check("62F17C48104801", code => code.Vmovups(Z(1), At(Rax, 64))); // vmovups zmm1,zmmword ptr [rax+64]
        Check("62F17C48108F3F000000", code => code.Vmovups(Z(1), At(Rdi, 63))); // vmovups zmm1,zmmword ptr [rdi+63]
        Check("62F17C48104F7F", code => code.Vmovups(Z(1), At(Rdi, 8128))); // vmovups zmm1,zmmword ptr [rdi+8128]
        Check("62F17C48108F00200000", code => code.Vmovups(Z(1), At(Rdi, 8192))); // vmovups zmm1,zmmword ptr [rdi+8192]
        Check("62F17C48104F80", code => code.Vmovups(Z(1), At(Rdi, -8192))); // vmovups zmm1,zmmword ptr [rdi-8192]
        Check("62F17C48108FC0DFFFFF", code => code.Vmovups(Z(1), At(Rdi, -8256))); // vmovups zmm1,zmmword ptr [rdi-8256]
        Check("62F17C48108C2408000000", code => code.Vmovups(Z(1), At(Rsp, 8))); // vmovups zmm1,zmmword ptr [rsp+8]
        Check("62F17C48100C24", code => code.Vmovups(Z(1), At(Rsp))); // vmovups zmm1,zmmword ptr [rsp]
        Check("62D17C48100C24", code => code.Vmovups(Z(1), At(R12))); // vmovups zmm1,zmmword ptr [r12]
        Check("62D17C48104C2401", code => code.Vmovups(Z(1), At(R12, 64))); // vmovups zmm1,zmmword ptr [r12+64]
        Check("62F17C48104D00", code => code.Vmovups(Z(1), At(Rbp))); // vmovups zmm1,zmmword ptr [rbp]
        Check("62D17C48104D00", code => code.Vmovups(Z(1), At(R13))); // vmovups zmm1,zmmword ptr [r13]
        Check("62D17C48104D40", code => code.Vmovups(Z(1), At(R13, 4096))); // vmovups zmm1,zmmword ptr [r13+4096]
        Check("62B17C48100C01", code => code.Vmovups(Z(1), At(Rcx, 0, R8))); // vmovups zmm1,zmmword ptr [rcx+r8*1]
        Check("62917C48104C5902", code => code.Vmovups(Z(1), At(R9, 128, R11, 2))); // vmovups zmm1,zmmword ptr [r9+r11*2+128]
        Check("62B17C48108CB800200000", code => code.Vmovups(Z(1), At(Rax, 8192, R15, 4))); // vmovups zmm1,zmmword ptr [rax+r15*4+8192]
        Check("62D17C48104CED00", code => code.Vmovups(Z(1), At(R13, 0, Rbp, 8))); // vmovups zmm1,zmmword ptr [r13+rbp*8]
        Check("62B17C48108C2564000000", code => code.Vmovups(Z(1), At(Rbp, 100, R12))); // vmovups zmm1,zmmword ptr [rbp+r12*1+100]
        Check("62F17C48104CFCFF", code => code.Vmovups(Z(1), At(Rsp, -64, Rdi, 8))); // vmovups zmm1,zmmword ptr [rsp+rdi*8-64]
        Check("62917C48100C6C", code => code.Vmovups(Z(1), At(R12, 0, R13, 2))); // vmovups zmm1,zmmword ptr [r12+r13*2]
    }

    [Fact]
    public void A_short_displacement_counts_in_the_bytes_that_the_instruction_reads()
    {
        Check("62D27D4858587F", code => code.Vpbroadcastd(Z(3), At(R8, 508))); // vpbroadcastd zmm3,dword ptr [r8+508]
        Check("62D27D48589800020000", code => code.Vpbroadcastd(Z(3), At(R8, 512))); // vpbroadcastd zmm3,dword ptr [r8+512]
        Check("62D27D48585880", code => code.Vpbroadcastd(Z(3), At(R8, -512))); // vpbroadcastd zmm3,dword ptr [r8-512]
        Check("62D27D48589806000000", code => code.Vpbroadcastd(Z(3), At(R8, 6))); // vpbroadcastd zmm3,dword ptr [r8+6]
        Check("62D27D4833587F", code => code.Vpmovzxwd(Z(3), At(R8, 4064))); // vpmovzxwd zmm3,ymmword ptr [r8+4064]
        Check("62D27D48339800100000", code => code.Vpmovzxwd(Z(3), At(R8, 4096))); // vpmovzxwd zmm3,ymmword ptr [r8+4096]
        Check("62D27D48339810000000", code => code.Vpmovzxwd(Z(3), At(R8, 16))); // vpmovzxwd zmm3,ymmword ptr [r8+16]
        Check("62D27D483358FF", code => code.Vpmovzxwd(Z(3), At(R8, -32))); // vpmovzxwd zmm3,ymmword ptr [r8-32]
        Check("62F15C58595B7F", code => code.Vmulps(Z(3), Z(4), Broadcast(At(Rbx, 508)))); // vmulps zmm3,zmm4,dword ptr [rbx+508]{1to16}
        Check("62F15C58599B00020000", code => code.Vmulps(Z(3), Z(4), Broadcast(At(Rbx, 512)))); // vmulps zmm3,zmm4,dword ptr [rbx+512]{1to16}
    }

    [Fact]
    public void Every_part_of_the_registers_is_encoded()
    {
        Check("62F17D48EFC0", code => code.Vpxord(Z(0), Z(0), Z(0))); // vpxord zmm0,zmm0,zmm0
        Check("62D13D48EFF9", code => code.Vpxord(Z(7), Z(8), Z(9))); // vpxord zmm7,zmm8,zmm9
        Check("62317D40EFF9", code => code.Vpxord(Z(15), Z(16), Z(17))); // vpxord zmm15,zmm16,zmm17
        Check("62010540EFFF", code => code.Vpxord(Z(31), Z(31), Z(31))); // vpxord zmm31,zmm31,zmm31
        Check("62416548EFC4", code => code.Vpxord(Z(24), Z(3), Z(12))); // vpxord zmm24,zmm3,zmm12
        Check("62710D40EFCD", code => code.Vpxord(Z(9), Z(30), Z(5))); // vpxord zmm9,zmm30,zmm5
        Check("62814548EFE4", code => code.Vpxord(Z(20), Z(7), Z(28))); // vpxord zmm20,zmm7,zmm28
    }

    [Fact]
    public void Vector_instructions_have_the_bytes_of_GNU_as()
    {
        Check("62617C48104F04", code => code.Vmovups(Z(25), At(Rdi, 256))); // vmovups zmm25,zmmword ptr [rdi+256]
        Check("62617E486F4F04", code => code.Vmovdqu32(Z(25), At(Rdi, 256))); // vmovdqu32 zmm25,zmmword ptr [rdi+256]
        Check("62A17C48117C5803", code => code.Vmovups(At(Rax, 192, R11, 2), Z(23))); // vmovups zmmword ptr [rax+r11*2+192],zmm23
        Check("62D17C481111", code => code.Vmovups(At(R9), Z(2))); // vmovups zmmword ptr [r9],zmm2
        Check("62027D4818644209", code => code.Vbroadcastss(Z(28), At(R10, 36, R8, 2))); // vbroadcastss zmm28,dword ptr [r10+r8*2+36]
        Check("62F27D48185101", code => code.Vbroadcastss(Z(2), At(Rcx, 4))); // vbroadcastss zmm2,dword ptr [rcx+4]
        Check("62027D4858644209", code => code.Vpbroadcastd(Z(28), At(R10, 36, R8, 2))); // vpbroadcastd zmm28,dword ptr [r10+r8*2+36]
        Check("62F27D48585101", code => code.Vpbroadcastd(Z(2), At(Rcx, 4))); // vpbroadcastd zmm2,dword ptr [rcx+4]
        Check("62627D487CE8", code => code.Vpbroadcastd(Z(29), Rax)); // vpbroadcastd zmm29,eax
        Check("62D27D487CEA", code => code.Vpbroadcastd(Z(5), R10)); // vpbroadcastd zmm5,r10d
        Check("62F26E4852CB", code => code.Vdpbf16ps(Z(1), Z(2), Z(3))); // vdpbf16ps zmm1,zmm2,zmm3
        Check("6282264052FC", code => code.Vdpbf16ps(Z(23), Z(27), Z(28))); // vdpbf16ps zmm23,zmm27,zmm28
        Check("62722E40525F04", code => code.Vdpbf16ps(Z(11), Z(26), At(Rdi, 256))); // vdpbf16ps zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62824E58524C4209", code => code.Vdpbf16ps(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vdpbf16ps zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62F26D4850CB", code => code.Vpdpbusd(Z(1), Z(2), Z(3))); // vpdpbusd zmm1,zmm2,zmm3
        Check("6282254050FC", code => code.Vpdpbusd(Z(23), Z(27), Z(28))); // vpdpbusd zmm23,zmm27,zmm28
        Check("62722D40505F04", code => code.Vpdpbusd(Z(11), Z(26), At(Rdi, 256))); // vpdpbusd zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62824D58504C4209", code => code.Vpdpbusd(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vpdpbusd zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62F16C4858CB", code => code.Vaddps(Z(1), Z(2), Z(3))); // vaddps zmm1,zmm2,zmm3
        Check("6281244058FC", code => code.Vaddps(Z(23), Z(27), Z(28))); // vaddps zmm23,zmm27,zmm28
        Check("62712C40585F04", code => code.Vaddps(Z(11), Z(26), At(Rdi, 256))); // vaddps zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62F16C4859CB", code => code.Vmulps(Z(1), Z(2), Z(3))); // vmulps zmm1,zmm2,zmm3
        Check("6281244059FC", code => code.Vmulps(Z(23), Z(27), Z(28))); // vmulps zmm23,zmm27,zmm28
        Check("62712C40595F04", code => code.Vmulps(Z(11), Z(26), At(Rdi, 256))); // vmulps zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62814C58594C4209", code => code.Vmulps(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vmulps zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62F26D48B8CB", code => code.Vfmadd231ps(Z(1), Z(2), Z(3))); // vfmadd231ps zmm1,zmm2,zmm3
        Check("62822540B8FC", code => code.Vfmadd231ps(Z(23), Z(27), Z(28))); // vfmadd231ps zmm23,zmm27,zmm28
        Check("62722D40B85F04", code => code.Vfmadd231ps(Z(11), Z(26), At(Rdi, 256))); // vfmadd231ps zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62824D58B84C4209", code => code.Vfmadd231ps(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vfmadd231ps zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62F16D48DBCB", code => code.Vpandd(Z(1), Z(2), Z(3))); // vpandd zmm1,zmm2,zmm3
        Check("62812540DBFC", code => code.Vpandd(Z(23), Z(27), Z(28))); // vpandd zmm23,zmm27,zmm28
        Check("62712D40DB5F04", code => code.Vpandd(Z(11), Z(26), At(Rdi, 256))); // vpandd zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62814D58DB4C4209", code => code.Vpandd(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vpandd zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62F16D48EFCB", code => code.Vpxord(Z(1), Z(2), Z(3))); // vpxord zmm1,zmm2,zmm3
        Check("62812540EFFC", code => code.Vpxord(Z(23), Z(27), Z(28))); // vpxord zmm23,zmm27,zmm28
        Check("62712D40EF5F04", code => code.Vpxord(Z(11), Z(26), At(Rdi, 256))); // vpxord zmm11,zmm26,zmmword ptr [rdi+256]
        Check("62814D58EF4C4209", code => code.Vpxord(Z(17), Z(6), Broadcast(At(R10, 36, R8, 2)))); // vpxord zmm17,zmm6,dword ptr [r10+r8*2+36]{1to16}
        Check("62B17C485BE3", code => code.Vcvtdq2ps(Z(4), Z(19))); // vcvtdq2ps zmm4,zmm19
        Check("62617C485B7704", code => code.Vcvtdq2ps(Z(30), At(Rdi, 256))); // vcvtdq2ps zmm30,zmmword ptr [rdi+256]
        Check("62027D4813C0", code => code.Vcvtph2ps(Z(24), Z(24).Lower)); // vcvtph2ps zmm24,ymm24
        Check("62D27D4813CA", code => code.Vcvtph2ps(Z(1), Z(10).Lower)); // vcvtph2ps zmm1,ymm10
        Check("62027E4833DB", code => code.Vpmovdw(Z(27).Lower, Z(27))); // vpmovdw ymm27,zmm27
        Check("62C27E4833C1", code => code.Vpmovdw(Z(9).Lower, Z(16))); // vpmovdw ymm9,zmm16
        Check("62D16D4872D510", code => code.Vpsrld(Z(2), Z(13), 16)); // vpsrld zmm2,zmm13,16
        Check("62912D4072D704", code => code.Vpsrld(Z(26), Z(31), 4)); // vpsrld zmm26,zmm31,4
        Check("62F16D4072570404", code => code.Vpsrld(Z(18), At(Rdi, 256), 4)); // vpsrld zmm18,zmmword ptr [rdi+256],4
        Check("62D16D4872F510", code => code.Vpslld(Z(2), Z(13), 16)); // vpslld zmm2,zmm13,16
        Check("62912D4072F704", code => code.Vpslld(Z(26), Z(31), 4)); // vpslld zmm26,zmm31,4
        Check("62F16D4072770404", code => code.Vpslld(Z(18), At(Rdi, 256), 4)); // vpslld zmm18,zmmword ptr [rdi+256],4
        Check("62627D48334741", code => code.Vpmovzxwd(Z(24), At(Rdi, 2080))); // vpmovzxwd zmm24,ymmword ptr [rdi+2080]
        Check("C5F877", code => code.Vzeroupper()); // vzeroupper
    }

    [Fact]
    public void Matrix_instructions_have_the_bytes_of_GNU_as()
    {
        Check("C4E2784907", code => code.Ldtilecfg(At(Rdi))); // ldtilecfg [rdi]
        Check("C4C278494540", code => code.Ldtilecfg(At(R13, 64))); // ldtilecfg [r13+64]
        Check("C4E27849C0", code => code.Tilerelease()); // tilerelease
        Check("C4E27B4B0407", code => code.Tileloadd(new(0), At(Rdi, 0, Rax))); // tileloadd tmm0,[rdi+rax*1]
        Check("C4827B4B7C0240", code => code.Tileloadd(new(7), At(R10, 64, R8))); // tileloadd tmm7,[r10+r8*1+64]
        Check("C4A27B4BA43C00100000", code => code.Tileloadd(new(4), At(Rsp, 4096, R15))); // tileloadd tmm4,[rsp+r15*1+4096]
        Check("C4827A4B1C19", code => code.Tilestored(At(R9, 0, R11), new(3))); // tilestored [r9+r11*1],tmm3
        Check("C4C27A4BAC0580000000", code => code.Tilestored(At(R13, 128, Rax), new(5))); // tilestored [r13+rax*1+128],tmm5
        Check("C4E27B49C0", code => code.Tilezero(new(0))); // tilezero tmm0
        Check("C4E27B49F0", code => code.Tilezero(new(6))); // tilezero tmm6
        Check("C4E24A5CC4", code => code.Tdpbf16ps(new(0), new(4), new(6))); // tdpbf16ps tmm0,tmm4,tmm6
        Check("C4E2425CDD", code => code.Tdpbf16ps(new(3), new(5), new(7))); // tdpbf16ps tmm3,tmm5,tmm7
    }

    [Fact]
    public void General_instructions_have_the_bytes_of_GNU_as()
    {
        Check("4C8B5C2408", code => code.Mov(R11, At(Rsp, 8))); // mov r11,qword ptr [rsp+8]
        Check("4C8D5C2408", code => code.Lea(R11, At(Rsp, 8))); // lea r11,[rsp+8]
        Check("4C8B542410", code => code.Mov(R10, At(Rsp, 16))); // mov r10,qword ptr [rsp+16]
        Check("4C8D542410", code => code.Lea(R10, At(Rsp, 16))); // lea r10,[rsp+16]
        Check("488B4500", code => code.Mov(Rax, At(Rbp))); // mov rax,qword ptr [rbp]
        Check("488D4500", code => code.Lea(Rax, At(Rbp))); // lea rax,[rbp]
        Check("4B8B9CF5E8030000", code => code.Mov(Rbx, At(R13, 1000, R14, 8))); // mov rbx,qword ptr [r13+r14*8+1000]
        Check("4B8D9CF5E8030000", code => code.Lea(Rbx, At(R13, 1000, R14, 8))); // lea rbx,[r13+r14*8+1000]
        Check("C74424FCC09F0000", code => code.Mov(At(Rsp, -4), 0x9FC0)); // mov dword ptr [rsp-4],0x9fc0
        Check("41C744240801000000", code => code.Mov(At(R12, 8), 1)); // mov dword ptr [r12+8],1
        Check("0FAE5C24F8", code => code.Stmxcsr(At(Rsp, -8))); // stmxcsr dword ptr [rsp-8]
        Check("410FAE5D00", code => code.Stmxcsr(At(R13))); // stmxcsr dword ptr [r13]
        Check("0FAE5424FC", code => code.Ldmxcsr(At(Rsp, -4))); // ldmxcsr dword ptr [rsp-4]
        Check("410FAE11", code => code.Ldmxcsr(At(R9))); // ldmxcsr dword ptr [r9]
        Check("0F180F", code => code.Prefetcht0(At(Rdi))); // prefetcht0 byte ptr [rdi]
        Check("0F188F00080000", code => code.Prefetcht0(At(Rdi, 2048))); // prefetcht0 byte ptr [rdi+2048]
        Check("0F189700300000", code => code.Prefetcht1(At(Rdi, 12288))); // prefetcht1 byte ptr [rdi+12288]
        Check("410F184C2440", code => code.Prefetcht0(At(R12, 64))); // prefetcht0 byte ptr [r12+64]
        Check("420F180C01", code => code.Prefetcht0(At(Rcx, 0, R8))); // prefetcht0 byte ptr [rcx+r8*1]
        Check("430F188C5980000000", code => code.Prefetcht0(At(R9, 128, R11, 2))); // prefetcht0 byte ptr [r9+r11*2+128]
        Check("B80F0F0F0F", code => code.Mov(Rax, 0x0F0F0F0F)); // mov eax,0x0f0f0f0f
        Check("41BE07000000", code => code.Mov(R14, 7)); // mov r14d,7
        Check("4803FE", code => code.Add(Rdi, Rsi)); // {load} add rdi,rsi
        Check("4D03D0", code => code.Add(R10, R8)); // {load} add r10,r8
        Check("4903C3", code => code.Add(Rax, R11)); // {load} add rax,r11
        Check("4C03FB", code => code.Add(R15, Rbx)); // {load} add r15,rbx
        Check("4883C128", code => code.Add(Rcx, 40)); // add rcx,40
        Check("4981C280000000", code => code.Add(R10, 128)); // add r10,128
        Check("4883C280", code => code.Add(Rdx, -128)); // add rdx,-128
        Check("4981C77FFFFFFF", code => code.Add(R15, -129)); // add r15,-129
        Check("4883E928", code => code.Sub(Rcx, 40)); // sub rcx,40
        Check("4981EA80000000", code => code.Sub(R10, 128)); // sub r10,128
        Check("4883EA80", code => code.Sub(Rdx, -128)); // sub rdx,-128
        Check("4981EF7FFFFFFF", code => code.Sub(R15, -129)); // sub r15,-129
        Check("4883F928", code => code.Cmp(Rcx, 40)); // cmp rcx,40
        Check("4981FA80000000", code => code.Cmp(R10, 128)); // cmp r10,128
        Check("4883FA80", code => code.Cmp(Rdx, -128)); // cmp rdx,-128
        Check("4981FF7FFFFFFF", code => code.Cmp(R15, -129)); // cmp r15,-129
        Check("0F01D0", code => code.Xgetbv()); // xgetbv
        Check("C3", code => code.Ret()); // ret
    }

    [Fact]
    public void Jumps_reach_labels_before_and_behind_them()
    {
        Check("0F840B000000E9060000000F85EFFFFFFFC3", code =>
        {
            Label a = new(), b = new();
            code.Place(a);
            code.Jz(b); // {disp32} jz b
            code.Jmp(b); // {disp32} jmp b
            code.Jnz(a); // {disp32} jnz a
            code.Place(b);
            code.Ret();
        });
    }

    [Fact]
    public void A_jump_to_nowhere_is_refused()
    {
        var code = new Assembler();
        code.Jmp(new Label());
        Assert.Throws<InvalidOperationException>(code.ToArray);
    }

    [Fact]
    public void A_label_has_one_place()
    {
        var code = new Assembler();
        var label = new Label();
        code.Place(label);
        Assert.Throws<InvalidOperationException>(() => code.Place(label));
    }

    [Fact]
    public void An_address_that_has_no_encoding_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Assembler().Lea(Rax, At(Rax, 0, Rsp)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Assembler().Lea(Rax, At(Rax, 0, Rcx, 3)));
    }

    private static void Check(string bytes, Action<Assembler> emit)
    {
        var code = new Assembler();
        emit(code);
        Assert.Equal(bytes, Convert.ToHexString(code.ToArray()));
    }

    private static Zmm Z(int number) => new(number);

    private static Memory At(Register register, int displacement = 0, Register? index = null, int scale = 1) => new(register, displacement, index, scale);
}
