using System.IO.MemoryMappedFiles;

namespace Nestor.Formats;

/// <summary>A file mapped into memory for reading. Pages are read when touched, and shared with every process that maps the file.</summary>
/// <remarks>
/// A mapping that is never disposed is never unmapped, so a pointer into it cannot dangle because of the garbage collector.
/// The file must not be cut short while it is mapped (the operating system answers with a fault no program can catch);
/// replacing it by a rename, as <see cref="AtomicFile"/> does, is safe.
/// </remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private bool disposed;

    private MappedFile(string path, long length, MemoryMappedFile map)
    {
        (Path, Length, this.map) = (path, length, map);
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file that is at least <paramref name="atLeast"/> bytes long, which must be positive.</summary>
    /// <exception cref="NestorException">The file cannot be read or is shorter.</exception>
    public static MappedFile Open(string path, int atLeast)
    {
        FileError.CheckPath(path);
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            if (length < atLeast)
                throw new NestorException($"The file '{path}' is {length} bytes long, at least {atLeast} were wanted; it is cut short or not what its name says.");
            var map = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return new MappedFile(path, length, map);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    /// <summary>The address of a byte. The caller has checked that the range it reads lies within <see cref="Length"/>.</summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public byte* At(long offset)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(TensorStore));
        return start + offset;
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
