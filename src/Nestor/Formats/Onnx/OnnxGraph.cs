using System.Globalization;

namespace Nestor.Formats.Onnx;

/// <summary>A graph of ONNX operations that is being built (<c>GraphProto</c>): each one added gives the name of what it computes.</summary>
internal sealed class OnnxGraph
{
    // Fields of GraphProto, NodeProto, ValueInfoProto with its types, and of a dimension.
    private const int Node = 1, Name = 2, Initializer = 5, InputField = 11, OutputField = 12;
    private const int NodeInput = 1, NodeOutput = 2, NodeName = 3, NodeOperation = 4, NodeAttribute = 5;
    private const int ValueName = 1, ValueType = 2, TensorType = 1, ElementType = 1, ShapeField = 2, Dimension = 1, DimensionValue = 1, DimensionName = 2;

    private readonly ProtoMessage nodes = new();
    private readonly ProtoMessage values = new();
    private readonly Dictionary<string, OnnxTensor> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxTensor> weights = new(StringComparer.Ordinal);
    private int count;

    /// <summary>Where in the network the next operations stand: the beginning of their names.</summary>
    public string Scope { get; set; } = "";

    /// <summary>What the model's file says of itself beside the graph, by name.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The large tensors, in the order of their first use.</summary>
    public IReadOnlyCollection<OnnxTensor> Weights => weights.Values;

    /// <summary>Adds an operation with one output.</summary>
    /// <param name="operation">Its name in the standard operator set.</param>
    /// <param name="inputs">Names of what it reads.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="output">Name of what it computes; a free one if not given.</param>
    public string Add(string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<ProtoMessage> attributes = default, string? output = null)
    {
        output ??= NextName(operation);
        AddNode(operation, inputs, [output], attributes);
        return output;
    }

    /// <summary>Cuts a tensor into two halves along its last dimension.</summary>
    public (string First, string Second) Halves(string input)
    {
        var name = NextName("Split");
        AddNode("Split", [input], [name + "_first", name + "_second"], [OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("num_outputs", 2)]);
        return (name + "_first", name + "_second");
    }

    /// <summary>Exact GELU, from the operations of the set.</summary>
    public string Gelu(string input)
    {
        var below = Add("Add", [Add("Erf", [Add("Mul", [input, Number((float)Math.Sqrt(0.5))])]), Number(1f)]);
        return Add("Mul", [Add("Mul", [input, Number(0.5f)]), below]);
    }

    /// <summary>A list of whole numbers, (count).</summary>
    public string List(params ReadOnlySpan<long> numbers)
    {
        var values = numbers.ToArray();
        var name = $"list_{string.Join('_', values)}";
        constants.TryAdd(name, OnnxTensor.Of(name, [values.Length], values));
        return name;
    }

    /// <summary>A whole number, a scalar.</summary>
    public string Number(long number)
    {
        var name = $"number_{number}";
        constants.TryAdd(name, OnnxTensor.Of(name, [], [number]));
        return name;
    }

    /// <summary>A float, a scalar.</summary>
    public string Number(float number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"float_{number:R}");
        constants.TryAdd(name, OnnxTensor.Of(name, [], [number]));
        return name;
    }

    /// <summary>Floats, (count).</summary>
    public string Floats(string name, float[] numbers)
    {
        constants.TryAdd(name, OnnxTensor.Of(name, [numbers.Length], numbers));
        return name;
    }

    /// <summary>A large tensor. It may be used several times and is stored once.</summary>
    public string Weight(OnnxTensor tensor)
    {
        weights.TryAdd(tensor.Name, tensor);
        return tensor.Name;
    }

    /// <summary>Declares an input.</summary>
    public string Input(string name, OnnxType type, params ReadOnlySpan<OnnxSize> shape) => Declare(InputField, name, type, shape);

    /// <summary>Declares that a value of the graph is an output.</summary>
    public void Output(string name, OnnxType type, params ReadOnlySpan<OnnxSize> shape) => Declare(OutputField, name, type, shape);

    /// <summary>The finished graph.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="weight">How a large tensor is held.</param>
    public ProtoMessage Finish(string name, Func<OnnxTensor, ProtoMessage> weight)
    {
        var graph = new ProtoMessage().Append(nodes).Add(Name, name);
        foreach (var constant in constants.Values)
            graph.Add(Initializer, constant.Inline());
        foreach (var tensor in weights.Values)
            graph.Add(Initializer, weight(tensor));
        return graph.Append(values);
    }

    private string NextName(string operation) => string.Create(CultureInfo.InvariantCulture, $"{Scope}/{operation}_{count++}");

    private void AddNode(string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, ReadOnlySpan<ProtoMessage> attributes)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs)
            node.Add(NodeInput, input);
        foreach (var output in outputs)
            node.Add(NodeOutput, output);
        node.Add(NodeName, outputs[0] + "_node").Add(NodeOperation, operation);
        foreach (var attribute in attributes)
            node.Add(NodeAttribute, attribute);
        nodes.Add(Node, node);
    }

    private string Declare(int field, string name, OnnxType type, ReadOnlySpan<OnnxSize> sizes)
    {
        var shape = new ProtoMessage();
        foreach (var size in sizes)
        {
            var dimension = new ProtoMessage();
            shape.Add(Dimension, size.Name is { } symbol ? dimension.Add(DimensionName, symbol) : dimension.Add(DimensionValue, size.Value));
        }

        var tensor = new ProtoMessage().Add(ElementType, (long)type).Add(ShapeField, shape);
        values.Add(field, new ProtoMessage().Add(ValueName, name).Add(ValueType, new ProtoMessage().Add(TensorType, tensor)));
        return name;
    }
}
