System.Console.WriteLine("nestor");
