using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Nestor.Formats;

/// <summary>A file mapped into memory for reading. Pages are read when touched, and shared with every process that maps the file.</summary>
/// <remarks>
/// A mapping that is never disposed is never unmapped, so a pointer into it cannot dangle because of the garbage collector.
/// The file must not be cut short while it is mapped (the operating system answers with a fault no program can catch);
/// replacing it by a rename, as <see cref="AtomicFile"/> does, is safe.
/// </remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private bool disposed;

    private MappedFile(string path, long length, SafeFileHandle handle)
    {
        (Path, Length, this.handle) = (path, length, handle);
        map = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file that is at least <paramref name="atLeast"/> bytes long, which must be positive.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atLeast">Its least length.</param>
    /// <param name="share">What other programs may do with it while it is mapped.</param>
    /// <exception cref="NestorException">The file cannot be read or is shorter.</exception>
    public static MappedFile Open(string path, int atLeast, FileShare share = FileShare.Read | FileShare.Delete)
    {
        FileError.CheckPath(path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, share);
            var length = RandomAccess.GetLength(handle);
            if (length < atLeast)
                throw new NestorException($"The file '{path}' is {length} bytes long, at least {atLeast} were wanted; it is cut short or not what its name says.");
            return new MappedFile(path, length, handle);
        }
        catch (Exception error)
        {
            handle?.Dispose();
            if (FileError.Is(error))
                throw FileError.Reading(path, error);
            throw;
        }
    }

    /// <summary>The address of a byte. The caller has checked that the range it reads lies within <see cref="Length"/>.</summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public byte* At(long offset)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(TensorStore));
        return start + offset;
    }

    /// <summary>Copies bytes from the file without touching the mapping: what passes through once shall not stay in the process's memory.</summary>
    /// <exception cref="NestorException">The file cannot be read, or was cut short meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(TensorStore));
        try
        {
            while (!destination.IsEmpty)
            {
                var count = RandomAccess.Read(handle, destination, offset);
                if (count == 0)
                    throw new NestorException($"The file '{Path}' was cut short while it was read; fetch or write it again.");
                offset += count;
                destination = destination[count..];
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(Path, error);
        }
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
        handle.Dispose();
    }
}
